import { pino } from 'pino';
import { type ApiKeyPrincipal, type Services } from '@/http';
import { AppError } from '@/kernel/errors';
import { type UsageEvent } from '@/metering/contracts';
import { createCountingRateLimiter, createPoolGate } from './limit-doubles';

const PRINCIPAL: ApiKeyPrincipal = {
  kind: 'api_key',
  organizationId: 'organization',
  apiKeyId: 'key',
  livemode: false,
  scopes: ['summaries:*'],
  requestsPerMinute: null,
  mayExceedPlan: false,
};

export interface MeteredServicesOptions extends Partial<ReturnType<typeof createPoolGate>> {
  /** Calls that are let through. */
  rateLimit?: number;
  services?: object;
}

/** Services of which only recording and the key's verdict matter, and what they have recorded. The key `good` is good. */
export function meteredServices({ gate, pool, rateLimit, services: more }: MeteredServicesOptions = {}) {
  const limits = gate && pool ? { gate, pool } : createPoolGate();
  const world = {
    pool: limits.pool,
    events: [] as UsageEvent[],
    refusal: null as AppError | null,
    accepting: true,
    /** Resolves when an event may be called kept. */
    kept: Promise.resolve(),
    allowsIp: true,
  };
  const services = {
    env: { APP_URL: 'https://api.example.com' },
    quotaGate: limits.gate,
    rateLimiter: createCountingRateLimiter(rateLimit).rateLimiter,
    log: pino({ level: 'silent' }),
    clock: { now: () => new Date(1_700_000_000_000) },
    originOf: () => ({ ip: '203.0.113.7', retainedIp: '203.0.113.0', country: 'DE' }),
    metricCatalogue: { isKnown: (metric: string) => metric !== 'no_such_metric' },
    apiKeyVerifier: {
      verify: (key: string) =>
        key === 'good'
          ? { ok: true, principal: PRINCIPAL, allowsIp: () => world.allowsIp }
          : { ok: false, code: 'invalid_api_key' },
      close: async () => undefined,
    },
    usageTracker: {
      assertAccepting() {
        if (!world.accepting) throw new AppError('usage_not_recorded', 'The disk is full.');
      },
      async record(event: UsageEvent) {
        await world.kept;
        if (world.refusal) throw world.refusal;
        world.events.push(event);
      },
    },
    ...more,
  } as unknown as Services;
  return { world, services };
}
