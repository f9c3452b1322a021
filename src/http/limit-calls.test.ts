import { createWindowLimiter } from '@/rates';
import { actOf, limitCalls, type LimitedCall, limitKeyCreation } from './limit-calls';
import { type Principal } from './principal';

const START_MS = 30_000_000 * 60_000;

const key = (apiKeyId: string, livemode = true, organizationId = 'ours'): Principal => ({
  kind: 'api_key',
  organizationId,
  apiKeyId,
  livemode,
  scopes: ['*'],
  requestsPerMinute: null,
  mayExceedPlan: false,
});
const person = (userId: string, organizationId = 'ours'): Principal => ({
  kind: 'user',
  userId,
  email: `${userId}@example.com`,
  organizationId,
  role: 'owner',
  isPlatformAdmin: false,
});

function setUp() {
  const windowLimiter = createWindowLimiter({
    shared: null,
    onOutage: 'allow',
    timeoutMs: 250,
    clock: { now: () => new Date() },
    log: { warn: () => undefined, info: () => undefined },
  });
  /** How many of so many attempts are let through. */
  async function letThrough(attempts: number, attempt: (n: number) => Promise<void>): Promise<number> {
    let through = 0;
    for (let n = 0; n < attempts; n++) {
      const refused = await attempt(n).catch((error: unknown) => error);
      if (refused === undefined) through++;
      else expect(refused).toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) as number });
    }
    return through;
  }
  return {
    windowLimiter,
    calls: (act: LimitedCall, attempts: number, principal: (n: number) => Principal) =>
      letThrough(attempts, (n) => limitCalls({ windowLimiter }, act, principal(n))),
    keys: (attempts: number, kind: 'user' | 'api_key', id: (n: number) => string, livemode: boolean) =>
      letThrough(attempts, (n) => limitKeyCreation({ windowLimiter }, 'ours', { kind, id: id(n) }, livemode)),
  };
}

describe('what is not metered', () => {
  beforeEach(() => jest.useFakeTimers({ now: START_MS, doNotFake: ['nextTick', 'setImmediate', 'setTimeout'] }));
  afterEach(() => jest.useRealTimers());

  it.each<[LimitedCall, number, number]>([
    ['reading', 600, 3_000],
    ['reporting', 1_200, 6_000],
    ['changing', 120, 600],
    ['exporting', 20, 60],
    ['forecasting', 60, 180],
    ['inviting', 20, 60],
  ])('%s: %d for one caller, %d for all of its kind in an organization', async (act, ofOne, ofAll) => {
    const { calls } = setUp();
    await expect(calls(act, ofOne + 10, () => key('one'))).resolves.toBe(ofOne);
    await expect(calls(act, ofAll + 10, (n) => key(`key ${n % 30}`))).resolves.toBe(ofAll - ofOne);
    await expect(calls(act, 1, () => key('fresh'))).resolves.toBe(0);
    await expect(calls(act, 1, () => key('theirs', true, 'theirs'))).resolves.toBe(1);
  });

  it('by test keys, live keys and people do not use up each other’s', async () => {
    const { calls } = setUp();
    await calls('reading', 3_100, (n) => key(`test ${n % 30}`, false));
    await expect(calls('reading', 600, () => key('live'))).resolves.toBe(600);
    await calls('reading', 3_100, (n) => key(`live ${n % 30}`));
    await expect(calls('reading', 600, () => person('owner'))).resolves.toBe(600);
  });

  it('by one person counts in all of their organizations together', async () => {
    const { calls } = setUp();
    await expect(calls('organization_creation', 20, (n) => person('one', `organization ${n}`))).resolves.toBe(5);
  });

  it('is told by its method unless the route says otherwise', () => {
    expect(['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'].map(actOf)).toEqual([
      'reading',
      'reading',
      'changing',
      'changing',
      'changing',
    ]);
  });

  it('tells when to come back', async () => {
    const { windowLimiter } = setUp();
    const invite = () => limitCalls({ windowLimiter }, 'inviting', person('one'));
    for (let n = 0; n < 20; n++) await invite();
    await expect(invite()).rejects.toMatchObject({
      code: 'rate_limited',
      retryable: true,
      details: { limit: 'inviting', limit_value: 20, reset_at: expect.stringMatching(/^20.*Z$/) as string },
    });
  });
});

describe('attempts to make keys', () => {
  it('of test keys stop neither the owner nor live keys, from which rotation goes on', async () => {
    const { keys } = setUp();
    await expect(keys(200, 'api_key', (n) => `test ${n % 10}`, false)).resolves.toBe(100);
    await expect(keys(1, 'user', () => 'owner', true)).resolves.toBe(1);
    await expect(keys(1, 'api_key', () => 'live', true)).resolves.toBe(1);
  });

  it('are twenty an hour for one caller and mode', async () => {
    const { keys } = setUp();
    await expect(keys(50, 'user', () => 'owner', true)).resolves.toBe(20);
    await expect(keys(50, 'user', () => 'owner', false)).resolves.toBe(20);
    await expect(keys(50, 'api_key', () => 'key', true)).resolves.toBe(20);
  });
});
