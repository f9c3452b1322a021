import fc from 'fast-check';
import { createCallCeiling } from './call-ceiling';

/** A ceiling over a clock that only sleeping and resting move. */
function ceilingOf(perSecond: number) {
  let now = 0;
  const ceiling = createCallCeiling({ perSecond, monotonicMs: () => now, sleep: async (ms) => void (now += ms) });
  return {
    pass: () => ceiling.pass(),
    pause: (ms: number) => ceiling.pause(ms),
    rest: (ms: number) => (now += ms),
    now: () => now,
  };
}

describe('the ceiling of calls', () => {
  it('lets at most five quarters of a second’s worth leave within any second, and that many per second in the long run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 3_000 }), { minLength: 30, maxLength: 120 }),
        async (rests) => {
          const { pass, rest, now } = ceilingOf(10);
          const left: number[] = [];
          for (const ms of rests) {
            if (ms > 2_500) rest(ms);
            await pass();
            left.push(now());
          }
          for (const at of left)
            expect(left.filter((one) => one > at - 1000 && one <= at).length).toBeLessThanOrEqual(13);
        },
      ),
    );
    const { pass, now } = ceilingOf(10);
    for (let calls = 0; calls < 110; calls++) await pass();
    expect(now()).toBeCloseTo(10_750);
  });

  it('lets nothing leave for as long as Stripe said', async () => {
    const { pass, pause, now } = ceilingOf(10);
    pause(5_000);
    await pass();
    expect(now()).toBeGreaterThanOrEqual(5_000);
  });
});
