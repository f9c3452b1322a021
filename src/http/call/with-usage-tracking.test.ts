import { pino } from 'pino';
import { withUsageTracking, type Principal, type Services } from '@/http';
import { type UsageEvent } from '@/metering/contracts';
import { createCountingRateLimiter, createPoolGate } from '@/testing/limit-doubles';

describe('tracking behind a session', () => {
  it('records the call for the organization of the session, as live usage of no key', async () => {
    const events: UsageEvent[] = [];
    const services = {
      env: { APP_URL: 'https://api.example.com' },
      quotaGate: createPoolGate().gate,
      rateLimiter: createCountingRateLimiter().rateLimiter,
      log: pino({ level: 'silent' }),
      clock: { now: () => new Date() },
      originOf: () => ({ ip: null, retainedIp: null, country: null }),
      metricCatalogue: { isKnown: () => true },
      usageTracker: { assertAccepting: () => undefined, record: async (event: UsageEvent) => void events.push(event) },
    } as unknown as Services;
    const principal: Principal = {
      kind: 'user',
      userId: 'person',
      email: 'person@example.com',
      organizationId: 'organization',
      role: 'member',
      isPlatformAdmin: false,
    };
    const handler = withUsageTracking(
      async (_request, { meter }) => {
        meter.addDistinct('user_sessions', 'session-1');
        return new Response('ok');
      },
      { route: '/reports/{id}' },
    );
    const context = {
      principal,
      services,
      params: {},
      requestId: 'request',
      ownId: 'own-id',
      arrivedAtMs: performance.now(),
    };
    const response = await handler(new Request('https://example.com/reports/7'), context);
    expect(events).toMatchObject([
      {
        id: response.headers.get('x-usage-event-id'),
        organizationId: 'organization',
        apiKeyId: null,
        livemode: true,
        route: '/reports/{id}',
        quantities: { api_calls: 1, user_sessions: 'session-1' },
      },
    ]);
  });
});
