/** Against a real Redis, where the machine has one. Only the time of day is the test's; timers and sockets are real. */
import fc from 'fast-check';
import { systemClock } from '@/kernel/clock';
import { hasRedisServer, startTestRedis, type TestRedis } from '@/testing/test-redis';
import { createMemoryWindow } from './memory-window';
import { OPEN_MS } from './rate-limit-circuit';
import { createUpstashWindow } from './upstash-window';
import { createWindowLimiter } from './window-limiter';
import { type WindowDecision } from './window-rule';

const WINDOW_MS = 60_000;
const EDGE_MS = 30_000_000 * WINDOW_MS;
const REAL = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'setImmediate', 'clearImmediate'] as const;
const REST = ['nextTick', 'queueMicrotask', 'performance', 'hrtime'] as const;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
jest.setTimeout(60_000);
const quiet = { warn: () => undefined, info: () => undefined };

const available = hasRedisServer();
if (!available) console.warn('redis-server is not installed: what is shared through Redis is not tested here');

(available ? describe : describe.skip)('windows in Redis', () => {
  let redis: TestRedis;
  let buckets = 0;
  const newRule = (limit: number) => ({ bucket: `bucket-${++buckets}`, limit, windowMs: WINDOW_MS });
  const at = (nowMs: number) => jest.setSystemTime(nowMs);

  beforeAll(async () => void (redis = await startTestRedis()));
  afterAll(() => redis.stop());
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: [...REAL, ...REST], now: EDGE_MS });
    redis.slowDown(0);
  });
  let doomed: TestRedis | undefined;
  afterEach(async () => {
    jest.useRealTimers();
    await doomed?.stop();
    doomed = undefined;
  });

  /** What a server has of its own. */
  function startServer(options: { onOutage?: 'allow' | 'deny'; timeoutMs?: number; at?: TestRedis } = {}) {
    // Where it is not about time, a busy machine has as much of it as it needs.
    const { onOutage = 'allow', timeoutMs = 30_000, at: place = redis } = options;
    const shared = createUpstashWindow({ url: place.url, token: place.token, timeoutMs, clock: systemClock });
    const limiter = createWindowLimiter({ shared, onOutage, timeoutMs, clock: systemClock, log: quiet });
    return { shared, limiter };
  }
  const countAllowed = (decisions: readonly WindowDecision[]) => decisions.filter(({ allowed }) => allowed).length;

  it('are one limit for two servers, also when all calls come at once', async () => {
    const servers = [startServer().limiter, startServer().limiter];
    const rule = newRule(100);
    const decisions = await Promise.all(Array.from({ length: 300 }, async (_, n) => servers[n % 2]!.check([rule])));
    expect(countAllowed(decisions)).toBe(100);
    expect(decisions.some(({ unchecked }) => unchecked)).toBe(false);
  });

  it('go on counting after the edge of a window', async () => {
    const { shared } = startServer();
    const rule = newRule(40);
    const burst = async (nowMs: number) => {
      at(nowMs);
      return countAllowed(await Promise.all(Array.from({ length: 60 }, () => shared.take([rule]))));
    };
    const seen = [];
    for (const offset of [59_999, 60_000, 90_000, 180_000]) seen.push(await burst(EDGE_MS + offset));
    expect(seen).toEqual([40, 0, 20, 40]);
  });

  it('decide call for call as windows in memory do', async () => {
    const limit = 6;
    // A denial is remembered for windowMs / limit: calls at the same instant or later than that.
    const pauses = fc.oneof(fc.constant(0), fc.integer({ min: WINDOW_MS / limit, max: 70_000 }));
    await fc.assert(
      fc.asyncProperty(fc.array(pauses, { minLength: 5, maxLength: 25 }), async (gaps) => {
        const { shared } = startServer();
        const memory = createMemoryWindow();
        const rule = newRule(limit);
        let nowMs = EDGE_MS;
        for (const gap of gaps) {
          at((nowMs += gap));
          const there = await shared.take([rule]);
          const here = memory.take([rule], nowMs);
          expect([there.allowed, there.remaining]).toEqual([here.allowed, here.remaining]);
        }
      }),
      { numRuns: 25 },
    );
  });

  it('lose at most one call of the earlier limit when a later one denies', async () => {
    const { shared } = startServer();
    const [key, organization] = [newRule(10), newRule(3)];
    for (let n = 0; n < 10; n++) await shared.take([key, organization]);
    const left = await shared.take([key]);
    expect(left).toMatchObject({ allowed: true, remaining: 10 - 3 - 1 - 1 });
  });

  it('ask Redis no more often about a caller who hammers than the limit allows calls', async () => {
    const { limiter } = startServer();
    const rule = newRule(10);
    for (let n = 0; n < 11; n++) await limiter.check([rule]);
    const before = redis.requests();
    // Ten seconds of a call every 10 ms; the limit is one in six seconds.
    for (let n = 0; n < 1_000; n++) {
      at(EDGE_MS + n * 10);
      expect((await limiter.check([rule])).allowed).toBe(false);
    }
    expect(redis.requests() - before).toBeLessThanOrEqual(2);
  });

  it('that answer slowly cost a few calls a moment, then none; one probe at a time finds out when they are back', async () => {
    const { limiter } = startServer({ timeoutMs: 100 });
    const rule = newRule(1_000_000);
    await limiter.check([rule]);
    redis.slowDown(1_000);
    while (limiter.status().circuit === 'closed') expect((await limiter.check([rule])).unchecked).toBe(true);

    const before = redis.requests();
    const decisions = Array.from({ length: 1_000 }, () => limiter.check([rule]));
    expect(decisions.some((decision) => decision instanceof Promise)).toBe(false);
    await pause(50);
    expect(redis.requests()).toBe(before);

    at(Date.now() + OPEN_MS);
    const during = Array.from({ length: 100 }, () => limiter.check([rule]));
    expect(during.some((decision) => decision instanceof Promise)).toBe(false);
    expect(limiter.status().circuit).toBe('half_open');
    while (limiter.status().circuit === 'half_open') await pause(5);
    expect([limiter.status().circuit, redis.requests()]).toEqual(['open', before + 1]);

    redis.slowDown(0);
    at(Date.now() + OPEN_MS);
    void limiter.check([rule]);
    while (limiter.status().circuit === 'half_open') await pause(5);
    expect(limiter.status().circuit).toBe('closed');
    expect((await limiter.check([rule])).unchecked).toBeUndefined();
  });

  it.each(['allow', 'deny'] as const)(
    'killed under load (%s): every call is answered, and none waits for long',
    async (onOutage) => {
      const victim = (doomed = await startTestRedis());
      const { limiter } = startServer({ onOutage, timeoutMs: 250, at: victim });
      const rule = newRule(1_000_000);
      const waits: number[] = [];
      const answers = { checked: 0, unchecked: 0, refused: 0, atOnce: 0 };
      let calls = 0;
      let stop = false;

      async function keepCalling(): Promise<void> {
        while (!stop) {
          calls++;
          const sentAtMs = performance.now();
          try {
            const answer = limiter.check([rule]);
            if (!(answer instanceof Promise)) answers.atOnce++;
            answers[(await answer).unchecked ? 'unchecked' : 'checked']++;
          } catch (error) {
            expect(error).toMatchObject({ code: 'unavailable', retryAfterSeconds: OPEN_MS / 1000 });
            answers.refused++;
          }
          waits.push(performance.now() - sentAtMs);
          await pause(1);
        }
      }
      const callers = Array.from({ length: 20 }, keepCalling);
      while (answers.checked < 200) {
        // Where the machine is so slow that the circuit opened already, it may close again.
        if (limiter.status().circuit === 'open') at(Date.now() + OPEN_MS);
        await pause(5);
      }
      await victim.kill();
      const callsBefore = calls;
      while (limiter.status().circuit !== 'open') await pause(5);
      const openedAfter = calls - callsBefore;
      // Those that were under way are over by then.
      await pause(400);
      const [callsThen, requestsThen] = [calls, victim.requests()];
      while (calls < callsThen + 1_000) await pause(5);
      stop = true;
      await Promise.all(callers);

      const long = waits.filter((ms) => ms > 50);
      console.log(
        `Redis killed under load, RATE_LIMIT_ON_OUTAGE=${onOutage}: ${calls} calls by 20 callers, ${openedAfter} between the kill and the ` +
          `open circuit; ${long.length} waited over 50 ms, the longest ${Math.max(...waits).toFixed(0)} ms; ${JSON.stringify(answers)}`,
      );
      expect(answers[onOutage === 'allow' ? 'refused' : 'unchecked']).toBe(0);
      expect(answers.checked + answers.unchecked + answers.refused).toBe(calls);
      expect(victim.requests()).toBe(requestsThen);
    },
  );
});
