import { OPEN_MS } from './rate-limit-circuit';
import { createWindowLimiter } from './window-limiter';
import { type WindowDecision } from './window-rule';

const NOW_MS = 1_800_000_017_000;
const RULE = { bucket: 'key', limit: 3, windowMs: 60_000 };
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** A limiter over a shared window that the test can break. */
function setUp(onOutage: 'allow' | 'deny' = 'allow') {
  const world = { broken: false, asked: 0, said: [] as string[] };
  const limiter = createWindowLimiter({
    shared: {
      async take([rule]) {
        world.asked++;
        if (world.broken) throw new Error('connection refused');
        return { allowed: true, rule: rule!, remaining: 7, resetAtMs: NOW_MS } satisfies WindowDecision;
      },
    },
    onOutage,
    timeoutMs: 1_000,
    clock: { now: () => new Date() },
    log: {
      warn: (_cause: unknown, message?: string) => void world.said.push(`warn: ${message}`),
      info: (_facts: unknown, message?: string) => void world.said.push(`info: ${message}`),
    },
  });
  const breakIt = async () => {
    world.broken = true;
    for (let n = 0; n < 5; n++) await Promise.resolve(limiter.check([{ ...RULE, bucket: 'other' }])).catch(() => null);
  };
  return { world, limiter, breakIt };
}

describe('a limit while Redis is away', () => {
  beforeEach(() => jest.useFakeTimers({ now: NOW_MS, doNotFake: ['setTimeout', 'setImmediate', 'nextTick'] }));
  afterEach(() => jest.useRealTimers());

  it('still holds in each process, says that it is not shared, and asks nobody', async () => {
    const { world, limiter, breakIt } = setUp();
    await breakIt();
    const askedBefore = world.asked;
    const decisions = Array.from({ length: 5 }, () => limiter.check([RULE]) as WindowDecision);
    expect(decisions.map(({ allowed, unchecked }) => [allowed, unchecked])).toEqual([
      [true, true],
      [true, true],
      [true, true],
      [false, true],
      [false, true],
    ]);
    expect(world.asked).toBe(askedBefore);
    const since = new Date(NOW_MS).toISOString();
    expect(limiter.status()).toEqual({ backend: 'redis', circuit: 'open', since, unchecked: 10 });
  });

  it('refuses with the time to wait where that is the policy', async () => {
    const { limiter, breakIt } = setUp('deny');
    await breakIt();
    const attempt = async () => limiter.check([RULE]);
    await expect(attempt()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 5 });
    expect(() => limiter.check([RULE])).toThrow('cannot be checked');
  });

  it('lets the calls before the circuit opens decide by the same policy', async () => {
    const { world, limiter } = setUp('deny');
    world.broken = true;
    await expect(limiter.check([RULE])).rejects.toMatchObject({ code: 'unavailable' });
    const lenient = setUp('allow');
    lenient.world.broken = true;
    await expect(lenient.limiter.check([RULE])).resolves.toMatchObject({
      allowed: true,
      unchecked: true,
      remaining: 2,
    });
  });

  it('does not open the circuit for failures that are not in a row', async () => {
    const { world, limiter } = setUp();
    for (let n = 0; n < 20; n++) {
      world.broken = n % 5 !== 0;
      await limiter.check([RULE]);
    }
    expect([limiter.status().circuit, world.said]).toEqual(['closed', []]);
  });

  it('is told to the log once when it begins and once when it ends, however many probes fail between', async () => {
    const { world, limiter, breakIt } = setUp();
    await breakIt();
    for (let n = 0; n < 3; n++) {
      jest.setSystemTime(Date.now() + OPEN_MS);
      void limiter.check([RULE]);
      await settled();
      expect(limiter.status().circuit).toBe('open');
    }
    world.broken = false;
    jest.setSystemTime(Date.now() + OPEN_MS);
    void limiter.check([RULE]);
    await settled();
    await expect(limiter.check([RULE])).resolves.toMatchObject({ remaining: 7 });
    expect(limiter.status().circuit).toBe('closed');
    expect(world.said).toEqual([
      'warn: rate limits: Redis cannot be asked, each process counts for itself',
      'info: rate limits: Redis answers again',
    ]);
    expect(world.asked).toBe(5 + 3 + 1 + 1);
  });
});
