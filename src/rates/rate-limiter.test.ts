import { createRateLimiter, type RateLimitCall, type RateLimiter } from './rate-limiter';
import { createWindowLimiter } from './window-limiter';

const EDGE_MS = 30_000_000 * 60_000;
const PLANS = { free: 100, starter: 500, pro: 2_000, business: 10_000, enterprise: 50_000 };

function setUp() {
  const world = { nowMs: EDGE_MS };
  const windows = createWindowLimiter({
    shared: null,
    onOutage: 'allow',
    timeoutMs: 250,
    clock: { now: () => new Date(world.nowMs) },
    log: { warn: () => undefined, info: () => undefined },
  });
  return { world, limiter: createRateLimiter({ windows }) };
}

const call = (more: Partial<RateLimitCall> = {}): RateLimitCall => ({
  organizationId: 'organization',
  apiKeyId: 'key',
  requestsPerMinute: PLANS.free,
  keyRequestsPerMinute: null,
  ...more,
});

/** In memory there is no promise to wait for, which this relies on. */
function decide(limiter: RateLimiter, attempt: RateLimitCall) {
  const decision = limiter.check(attempt);
  if (decision instanceof Promise) throw new Error('a promise was made');
  return decision;
}
/** How many of so many calls at this instant are allowed. */
function allowed(limiter: RateLimiter, attempt: RateLimitCall, attempts: number): number {
  let count = 0;
  for (let n = 0; n < attempts; n++) count += Number(decide(limiter, attempt).allowed);
  return count;
}

describe('rate limits', () => {
  it.each(Object.entries(PLANS))('by the plan %s let exactly %i calls a minute through', (_plan, requestsPerMinute) => {
    const { limiter } = setUp();
    expect(allowed(limiter, call({ requestsPerMinute }), requestsPerMinute + 500)).toBe(requestsPerMinute);
  });

  it('after the edge of a window go on counting the calls before it', () => {
    const { limiter, world } = setUp();
    world.nowMs = EDGE_MS + 59_999;
    expect(allowed(limiter, call(), 300)).toBe(100);
    world.nowMs = EDGE_MS + 60_000;
    expect(allowed(limiter, call(), 300)).toBe(0);
    world.nowMs = EDGE_MS + 90_000;
    expect(allowed(limiter, call(), 300)).toBe(50);
    world.nowMs = EDGE_MS + 180_000;
    expect(allowed(limiter, call(), 300)).toBe(100);
  });

  it('hold all keys of an organization together to its plan, and no other organization', () => {
    const { limiter } = setUp();
    const byKey = ['a', 'b', 'c'].map((apiKeyId) => allowed(limiter, call({ apiKeyId }), 60));
    expect(byKey).toEqual([60, 40, 0]);
    expect(allowed(limiter, call({ apiKeyId: null }), 10)).toBe(0);
    expect(allowed(limiter, call({ organizationId: 'other', apiKeyId: 'd' }), 300)).toBe(100);
  });

  it('hold a key to its own lower limit, and leave the rest of the plan to the other keys', () => {
    const { limiter } = setUp();
    const limited = call({ apiKeyId: 'limited', keyRequestsPerMinute: 30 });
    expect(allowed(limiter, limited, 500)).toBe(30);
    expect(decide(limiter, limited)).toMatchObject({ allowed: false, policy: 'key', limit: 30, remaining: 0 });
    expect(allowed(limiter, call(), 500)).toBe(70);
    expect(decide(limiter, call())).toMatchObject({ allowed: false, policy: 'organization', limit: 100 });
  });

  it('raised for one key by an operator give it a budget of its own, beside that of the others', () => {
    const { limiter } = setUp();
    const raised = call({ apiKeyId: 'raised', keyRequestsPerMinute: 1_000, keyMayExceedPlan: true });
    expect(allowed(limiter, raised, 3_000)).toBe(1_000);
    expect(decide(limiter, raised)).toMatchObject({ policy: 'key', limit: 1_000 });
    expect(allowed(limiter, call(), 300)).toBe(100);
  });

  it('set by a customer under a larger plan do not outlive a downgrade', () => {
    const { limiter } = setUp();
    expect(allowed(limiter, call({ keyRequestsPerMinute: 2_000 }), 3_000)).toBe(100);
  });

  it('rise with an upgrade at once, and count what was used before it', () => {
    const { limiter } = setUp();
    expect(allowed(limiter, call(), 300)).toBe(100);
    expect(allowed(limiter, call({ requestsPerMinute: 500 }), 1_000)).toBe(400);
  });

  it('say what is left and when there is more', () => {
    const { limiter, world } = setUp();
    world.nowMs = EDGE_MS + 15_000;
    expect(decide(limiter, call())).toEqual({
      allowed: true,
      policy: 'organization',
      limit: 100,
      remaining: 99,
      // What a window saw fades from its end on.
      resetAtMs: EDGE_MS + 60_001,
      windowMs: 60_000,
    });
    allowed(limiter, call(), 300);
    const denied = decide(limiter, call());
    expect(denied).toMatchObject({ allowed: false, remaining: 0 });
    world.nowMs = denied.resetAtMs;
    expect(decide(limiter, call()).allowed).toBe(true);
  });
});
