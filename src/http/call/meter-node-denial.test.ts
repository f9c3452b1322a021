import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request as send, type Server } from 'node:http';
import { type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { type UsageEvent } from '@/metering/contracts';
import { type QuotaDenial } from '@/quotas';
import { createCountingRateLimiter, createPoolGate } from '@/testing/limit-doubles';
import { createClientReader } from '../origin/client-reader';
import { meterNodeHandler } from './meter-node-handler';
import { type Services } from '../services';

const AT_MS = 1_700_000_000_000;

interface Answer {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
}

const servers: Server[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

/** A metered server whose quota holds so many units. `later`: the gate has to ask before it answers. */
async function setUp({ units = 0, later = false }: { units?: number; later?: boolean } = {}) {
  const { gate, pool } = createPoolGate({ units });
  const events: UsageEvent[] = [];
  const handler = jest.fn((_request: IncomingMessage, response: { end: (text: string) => void }) => {
    response.end('{}');
  });
  const principal = { kind: 'api_key', organizationId: 'organization', apiKeyId: 'key', livemode: true, scopes: ['*'] };
  const services = {
    env: { APP_URL: 'https://api.example.com' },
    quotaGate: later ? { ...gate, take: async (...call: Parameters<typeof gate.take>) => gate.take(...call) } : gate,
    rateLimiter: createCountingRateLimiter(1_000).rateLimiter,
    log: pino({ level: 'silent' }),
    clock: { now: () => new Date(AT_MS) },
    originOf: createClientReader({ onVercel: false, trustedProxyHops: 0, retention: 'full', countryOf: () => null }),
    metricCatalogue: { all: async () => new Map(), isKnown: () => true },
    apiKeyVerifier: { verify: () => ({ ok: true, principal, allowsIp: () => true }) },
    usageTracker: {
      assertAccepting: () => undefined,
      record: async (event: UsageEvent) => void events.push(event),
    },
  } as unknown as Services;
  const server = createServer(meterNodeHandler(handler, { services, route: '/v1/things' }));
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function call(body?: string): Promise<Answer> {
    const method = body === undefined ? 'GET' : 'POST';
    const request = send({ port, host: '127.0.0.1', agent: false, method, headers: { 'x-api-key': 'good' } });
    request.end(body);
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return {
      status: response.statusCode,
      headers: response.headers,
      body: JSON.parse(text) as Record<string, unknown>,
    };
  }
  return { call, handler, events, pool };
}

describe.each([
  ['from memory', false],
  ['after it asked', true],
])('a node:http call that the quota refuses %s', (_when, later) => {
  it('is answered 429 with the limit, when to come again and how fast, and neither runs nor counts', async () => {
    const { call, handler, events, pool } = await setUp({ units: 2, later });
    pool.denial.resetAtMs = AT_MS + 3_600_000;
    expect([(await call()).status, (await call()).status]).toEqual([200, 200]);
    const denied = await call();
    expect([denied.status, denied.headers['content-type']]).toEqual([429, 'application/problem+json']);
    expect(denied.body).toMatchObject({
      status: 429,
      code: 'quota_exceeded',
      limit: 'quota',
      metric: 'api_calls',
      limit_value: 1_000,
      reset_at: new Date(pool.denial.resetAtMs).toISOString(),
      upgrade_to: 'starter',
      upgrade_url: 'https://api.example.com/plans',
    });
    expect(denied.headers).toMatchObject({
      'retry-after': '3600',
      'ratelimit-policy': '"organization";q=1000;w=60',
      ratelimit: expect.stringMatching(/^"organization";r=997;t=\d+$/) as string,
      'x-ratelimit-limit': '1000',
      'x-ratelimit-remaining': '997',
      'x-request-id': expect.any(String) as string,
    });
    expect(denied.headers).not.toHaveProperty('x-usage-event-id');
    expect([handler.mock.calls.length, events.length, pool.left, pool.taken.size]).toEqual([2, 2, 0, 2]);
  });

  it('is answered the same when it brings a body that nobody reads', async () => {
    const { call, handler, events } = await setUp({ later });
    expect(await call('x'.repeat(10_000))).toMatchObject({ status: 429, body: { code: 'quota_exceeded' } });
    expect([handler.mock.calls.length, events]).toEqual([0, []]);
  });

  it.each<[string, Partial<QuotaDenial>, number, string, string | undefined]>([
    ['waiting does not help', { paymentOnly: true }, 402, 'payment_required', undefined],
    ['the quota cannot be asked', { limit: 'unavailable' }, 503, 'quota_unavailable', '1'],
  ])('is answered by its kind: %s', async (_kind, denial, status, code, retryAfter) => {
    const { call, handler, events, pool } = await setUp({ later });
    Object.assign(pool.denial, denial);
    const answer = await call();
    expect([answer.status, answer.body.code, answer.headers['retry-after']]).toEqual([status, code, retryAfter]);
    expect(answer.headers['x-ratelimit-limit']).toBe('1000');
    expect([handler.mock.calls.length, events]).toEqual([0, []]);
  });
});
