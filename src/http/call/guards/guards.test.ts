import {
  checkFileUploadSize,
  checkPlanRateLimit,
  checkUsageLimit,
  requireFeature,
  requireMinimumPlan,
  type ApiKeyPrincipal,
  type MeteredHandler,
  type Principal,
  type Services,
} from '@/http';
import { buildPlan, createCountingRateLimiter, createPoolGate } from '@/testing/limit-doubles';
import { meteredRoute, slowBody } from '@/testing/metered-route';

const PLANS = [
  buildPlan({ features: { max_file_upload_bytes: 10, export: false } }),
  buildPlan({
    planKey: 'starter',
    planName: 'Starter',
    rank: 20,
    priceMinor: 1_900,
    features: { max_file_upload_bytes: 25, export: true },
  }),
  buildPlan({
    planKey: 'pro',
    planName: 'Pro',
    rank: 30,
    priceMinor: 4_900,
    features: { max_file_upload_bytes: 100, export: true },
  }),
];
const planCatalogue = { plans: async () => PLANS };

const metered = (handler: MeteredHandler<ApiKeyPrincipal>, { plan = PLANS[0]!, units = 100 } = {}) =>
  meteredRoute(handler, {}, { ...createPoolGate({ plan, units }), services: { planCatalogue } });
const ok = async (request: Request) => Response.json({ read: (await request.text()).length });

describe('a guard', () => {
  it.each([
    [
      'a feature the plan lacks, and names the cheapest plan that has it',
      requireFeature('export'),
      { code: 'feature_not_in_plan', feature: 'export', plan: 'free', available_from: 'starter' },
    ],
    ['a feature no plan has', requireFeature('teleport'), { code: 'feature_not_in_plan', available_from: null }],
    ['a plan of lower rank', requireMinimumPlan('pro'), { code: 'plan_too_low', required_plan: 'pro', plan: 'free' }],
  ])('refuses %s, and the call counts as not made', async (_what, guard, problem) => {
    const handler = jest.fn(ok);
    const { call, world } = metered(guard(handler));
    const response = await call();
    expect([response.status, await response.json()]).toMatchObject([403, problem]);
    expect(response.headers.get('x-usage-event-id')).toBeNull();
    expect([world.pool.left, world.pool.taken.size, world.events]).toEqual([100, 0, []]);
    expect(handler).not.toHaveBeenCalled();
  });

  it('lets through what the plan has', async () => {
    const { call, world } = metered(requireMinimumPlan('starter')(requireFeature('export')(ok)), { plan: PLANS[2]! });
    expect([(await call()).status, world.events.length]).toEqual([200, 1]);
  });

  it('says nothing of a plan that does not exist', async () => {
    expect((await metered(requireMinimumPlan('platinum')(ok)).call()).status).toBe(500);
  });
});

describe('a usage limit', () => {
  it('takes and counts its units with the call', async () => {
    const { call, world } = metered(checkUsageLimit('documents', 3)(ok));
    await call();
    expect(world.pool.left).toBe(96);
    expect(world.events).toMatchObject([{ quantities: { api_calls: 1, documents: 3 } }]);
    expect(world.events[0]!.leases).toMatchObject([{ metric: 'api_calls' }, { metric: 'documents', units: 3 }]);
  });

  it('refuses what does not fit, and gives back what the call had taken, also of a guard before it', async () => {
    const { call, world } = metered(checkUsageLimit('documents', 3)(checkUsageLimit('ai_tokens', 99)(ok)));
    expect([(await call()).status, world.pool.left, world.pool.taken.size, world.events]).toEqual([429, 100, 0, []]);
  });

  it('only asks where the call is not metered', async () => {
    const { gate, pool } = createPoolGate({ units: 5 });
    const handler = checkUsageLimit('documents', 3)(async () => new Response('ok'));
    const answer = () => handler(new Request('https://example.com'), sessionContext({ quotaGate: gate }));
    expect([(await answer()).status, pool.left]).toEqual([200, 5]);
    pool.left = 2;
    await expect(answer()).rejects.toMatchObject({ code: 'quota_exceeded' });
  });
});

describe('the size of an upload', () => {
  const send = (length: number, plan = PLANS[0]!) => {
    const made = metered(checkFileUploadSize()(ok), { plan });
    const headers = { 'content-length': String(length) };
    return { ...made, response: made.call({ method: 'POST', body: 'x'.repeat(length), headers }) };
  };

  it('may be as large as the plan allows', async () => {
    expect(await (await send(10).response).json()).toEqual({ read: 10 });
  });

  it('is refused by what is declared, with the plan that takes it, and is not counted', async () => {
    const { response, world } = send(26);
    expect([(await response).status, await (await response).json()]).toMatchObject([
      413,
      { code: 'file_too_large', max_bytes: 10, available_from: 'pro' },
    ]);
    expect(world.events).toEqual([]);
    expect(await (await send(101).response).json()).toMatchObject({ available_from: null });
  });

  it('is counted while it is read where nothing is declared', async () => {
    const { call, world } = metered(checkFileUploadSize()(ok));
    const fits = await call({ method: 'POST', body: slowBody(['12345', '67890']), duplex: 'half' });
    expect(await fits.json()).toEqual({ read: 10 });
    const tooLong = await call({ method: 'POST', body: slowBody(['12345', '67890', '1']), duplex: 'half' });
    expect([tooLong.status, await tooLong.json()]).toMatchObject([
      413,
      { code: 'file_too_large', available_from: 'starter' },
    ]);
    expect(world.events).toMatchObject([{ status: 200 }, { status: 413, errorCode: 'file_too_large' }]);
  });
});

describe('the rate limit of the plan', () => {
  it('holds a route that is not metered, and counts a metered call once', async () => {
    const { rateLimiter, calls } = createCountingRateLimiter(1);
    const handler = checkPlanRateLimit()(async () => new Response('ok'));
    const answer = () => handler(new Request('https://example.com'), sessionContext({ rateLimiter }));
    expect((await answer()).status).toBe(200);
    await expect(answer()).rejects.toMatchObject({ code: 'rate_limited' });
    expect(calls()).toBe(2);
    const { call } = meteredRoute(checkPlanRateLimit()(ok), {}, { rateLimit: 1 });
    expect([(await call()).status, (await call()).status]).toEqual([200, 429]);
  });
});

function sessionContext(services: Partial<Services>) {
  const principal: Principal = {
    kind: 'user',
    userId: 'person',
    email: 'person@example.com',
    organizationId: 'organization',
    role: 'member',
    isPlatformAdmin: false,
  };
  const given = {
    env: { APP_URL: 'https://api.example.com' },
    clock: { now: () => new Date() },
    quotaGate: createPoolGate().gate,
    ...services,
  } as unknown as Services;
  return { principal, services: given, params: {}, requestId: 'request', ownId: 'own-id', arrivedAtMs: 0 };
}
