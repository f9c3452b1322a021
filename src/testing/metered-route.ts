import { pino } from 'pino';
import { createWithApiKey, type MeteredHandler } from '@/http';
import { type ApiKeyPrincipal, type RouteParams, type Services } from '@/http';
import { AppError } from '@/kernel/errors';
import { type UsageEvent } from '@/metering/contracts';
import { createCountingRateLimiter, createPoolGate } from './limit-doubles';

type ApiKeyOptions = NonNullable<Parameters<ReturnType<typeof createWithApiKey>>[1]>;

const PRINCIPAL: ApiKeyPrincipal = {
  kind: 'api_key',
  organizationId: 'organization',
  apiKeyId: 'key',
  livemode: false,
  scopes: ['summaries:*'],
  requestsPerMinute: null,
  mayExceedPlan: false,
};

interface MeteredRouteLimits extends Partial<ReturnType<typeof createPoolGate>> {
  /** Calls that are let through. */
  rateLimit?: number;
  services?: object;
}

/** A wrapped handler among services of which only recording and the key's verdict matter. */
export function meteredRoute(
  handler: MeteredHandler<ApiKeyPrincipal>,
  options?: ApiKeyOptions,
  { gate, pool, rateLimit, services: more }: MeteredRouteLimits = {},
) {
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
  const route = createWithApiKey(() => services)(handler, options);
  const call = (init: RequestInit & { url?: string; params?: RouteParams; key?: string; duplex?: 'half' } = {}) => {
    const { url = 'https://api.example.com/v1/summaries', params = {}, key = 'good', ...rest } = init;
    const request = new Request(url, rest);
    request.headers.set('x-api-key', key);
    return route(request, { params: Promise.resolve(params) });
  };
  return { world, call };
}

/** Long enough for what was begun and is not waited for. */
export const settle = () => new Promise((resolve) => setTimeout(resolve, 20));
/** A body that comes in pieces, each in its own turn of the event loop. */
export function slowBody(pieces: string[], { failure }: { failure?: Error } = {}): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      const piece = pieces[next++];
      if (piece !== undefined) controller.enqueue(new TextEncoder().encode(piece));
      else if (failure) controller.error(failure);
      else controller.close();
    },
  });
}
