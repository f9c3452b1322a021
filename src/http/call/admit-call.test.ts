import { AppError } from '@/kernel/errors';
import { createPoolGate } from '@/testing/limit-doubles';
import { meteredRoute } from '@/testing/metered-route';

const AT_MS = 1_700_000_000_000;

describe('a call that its plan does not allow', () => {
  it('reaches no handler, uses nothing and makes no event, and says which limit, how full and until when', async () => {
    const handler = jest.fn(async () => Response.json({}));
    const { call, world } = meteredRoute(handler, {}, createPoolGate({ units: 3 }));
    const allowed = [await call(), await call(), await call()];
    expect(allowed.map(({ status, headers }) => [status, headers.get('x-quota-remaining')])).toEqual([
      [200, '2'],
      [200, '1'],
      [200, '0'],
    ]);
    world.pool.denial.resetAtMs = AT_MS + 1_500;
    const denied = await call();
    expect([denied.status, denied.headers.get('retry-after')]).toEqual([429, '2']);
    expect(denied.headers.get('x-ratelimit-limit')).toBe('1000000');
    expect(denied.headers.get('x-usage-event-id')).toBeNull();
    expect(await denied.json()).toMatchObject({
      code: 'quota_exceeded',
      limit: 'quota',
      metric: 'api_calls',
      used: 1_000,
      limit_value: 1_000,
      reset_at: new Date(AT_MS + 1_500).toISOString(),
      upgrade_to: 'starter',
      upgrade_url: 'https://api.example.com/plans',
    });
    expect(handler).toHaveBeenCalledTimes(3);
    expect(world.events).toHaveLength(3);
  });

  it.each([
    ['waiting does not help', { paymentOnly: true }, 402, 'payment_required', null],
    ['the spend cap is reached', { limit: 'spend_cap' as const }, 429, 'spend_cap_reached', '60'],
    ['the database cannot be asked', { limit: 'unavailable' as const }, 503, 'quota_unavailable', '1'],
  ])('is answered by its kind: %s', async (_when, denial, status, code, retryAfter) => {
    const { call, world } = meteredRoute(async () => Response.json({}), {}, createPoolGate({ units: 0 }));
    Object.assign(world.pool.denial, { resetAtMs: AT_MS + 60_000 }, denial);
    const response = await call();
    expect([response.status, response.headers.get('retry-after')]).toEqual([status, retryAfter]);
    expect(await response.json()).toMatchObject({ code, metric: 'api_calls' });
    expect(world.events).toEqual([]);
  });

  it('is answered 429 when it comes too soon, before any unit is taken', async () => {
    const { call, world } = meteredRoute(
      async () => Response.json({}),
      {},
      { ...createPoolGate({ units: 9 }), rateLimit: 1 },
    );
    const [first, second] = [await call(), await call()];
    expect(first.headers.get('ratelimit')).toMatch(/^"organization";r=0;t=\d+$/);
    expect(first.headers.get('ratelimit-policy')).toBe('"organization";q=1;w=60');
    expect([first.status, second.status, world.pool.left, world.events.length]).toEqual([200, 429, 8, 1]);
    expect(await second.json()).toMatchObject({ code: 'rate_limited', limit: 'rate', limit_value: 1 });
    expect(second.headers.get('x-ratelimit-remaining')).toBe('0');
  });

  it('is not charged while usage cannot be kept, nor with a metric that cannot be counted', async () => {
    const stopped = meteredRoute(async () => Response.json({}), {}, createPoolGate({ units: 9 }));
    stopped.world.accepting = false;
    expect([(await stopped.call()).status, stopped.world.pool.left]).toEqual([503, 9]);
    const misnamed = meteredRoute(
      async () => Response.json({}),
      { metrics: { no_such_metric: 1 } },
      createPoolGate({ units: 9 }),
    );
    expect([(await misnamed.call()).status, misnamed.world.pool.left]).toEqual([500, 9]);
  });
});

describe('a call that its plan allows', () => {
  it('takes what the options say it costs, at the instant its event bears, and the event carries the units', async () => {
    const { call, world } = meteredRoute(
      async () => Response.json({}),
      { metrics: { documents: 3, user_sessions: 'session-1' } },
      createPoolGate({ units: 10 }),
    );
    await call();
    expect(world.pool.left).toBe(6);
    expect(world.pool.askedAtMs).toEqual([world.events[0]!.occurredAtMs]);
    expect(world.events).toMatchObject([
      {
        quantities: { api_calls: 1, documents: 3, user_sessions: 'session-1' },
        leases: [
          { leaseId: 'lease-1', metric: 'api_calls', units: 1 },
          { leaseId: 'lease-2', metric: 'documents', units: 3 },
        ],
      },
    ]);
  });

  it('keeps its units when its event could not be recorded: it may lie on the disk all the same', async () => {
    const { call, world } = meteredRoute(async () => Response.json({}), {}, createPoolGate({ units: 10 }));
    world.refusal = new AppError('usage_not_recorded', 'the lease is gone');
    expect((await call()).status).toBe(503);
    expect([world.pool.left, [...world.pool.taken.values()]]).toEqual([9, [1]]);
  });

  it('is charged when its handler fails: it ran', async () => {
    const { call, world } = meteredRoute(
      async () => {
        throw new Error('oops');
      },
      {},
      createPoolGate({ units: 10 }),
    );
    expect((await call()).status).toBe(500);
    expect(world.events).toMatchObject([{ status: 500, leases: [{ units: 1 }] }]);
  });

  it('has no leases on its event, and no word of a remainder, where nothing is bounded', async () => {
    const { call, world } = meteredRoute(async () => Response.json({}));
    expect((await call()).headers.get('x-quota-remaining')).toBeNull();
    expect(world.events[0]!.leases).toBeUndefined();
  });
});
