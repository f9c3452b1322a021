import fc from 'fast-check';
import { countOf, latencyBucketOf, quantilesOf, type LatencySketch } from './latency-sketch';

const sketchOf = (durations: number[]): LatencySketch => {
  const sketch = new Map<number, number>();
  for (const us of durations) sketch.set(latencyBucketOf(us), (sketch.get(latencyBucketOf(us)) ?? 0) + 1);
  return sketch;
};
const added = (a: LatencySketch, b: LatencySketch): LatencySketch =>
  new Map([...new Set([...a.keys(), ...b.keys()])].map((key) => [key, (a.get(key) ?? 0) + (b.get(key) ?? 0)]));

const MAX_US = 2_147_483_647;
/** As many short as long durations: drawn evenly over their logarithm. */
const duration = fc
  .double({ min: 0, max: Math.log(MAX_US), noNaN: true })
  .map((power) => Math.min(MAX_US, Math.max(1, Math.round(Math.exp(power)))));
const durations = fc.array(duration, { minLength: 1, maxLength: 300 });
/** Shares in thousandths, so that the exact rank needs no floating point. */
const share = fc.integer({ min: 0, max: 1_000 });

const nearestRank = (values: number[], thousandths: number): number => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(1, Math.floor((thousandths * values.length + 999) / 1_000)) - 1]!;
};

describe('latency sketch', () => {
  it('gives every quantile within 1 % of the exact nearest rank', () => {
    fc.assert(
      fc.property(durations, share, (values, thousandths) => {
        const exact = nearestRank(values, thousandths);
        const [estimate] = quantilesOf(sketchOf(values), [thousandths / 1_000]);
        // The bound is reached exactly at the ends of a bucket, where the last bit is a matter of rounding.
        expect(Math.abs(estimate! - exact) / exact).toBeLessThanOrEqual(0.01 + 1e-9);
      }),
      { numRuns: 500 },
    );
  });

  it('is the same whether samples are sketched together or apart and added', () => {
    fc.assert(
      fc.property(durations, durations, (a, b) => {
        const [merged, union] = [added(sketchOf(a), sketchOf(b)), sketchOf([...a, ...b])];
        expect(quantilesOf(merged, [0.5, 0.95, 0.99])).toEqual(quantilesOf(union, [0.5, 0.95, 0.99]));
        expect(countOf(merged)).toBe(a.length + b.length);
      }),
    );
  });

  it('never falls as the share rises', () => {
    fc.assert(
      fc.property(durations, fc.array(share, { minLength: 2 }), (values, thousandths) => {
        const shares = thousandths.sort((a, b) => a - b).map((n) => n / 1_000);
        const quantiles = quantilesOf(sketchOf(values), shares).map(Number);
        expect(quantiles).toEqual([...quantiles].sort((a, b) => a - b));
      }),
    );
  });

  it('has no quantile where there is no sample', () => {
    expect(quantilesOf(new Map(), [0.5])).toEqual([null]);
  });

  it('puts durations of up to a microsecond into the first bucket', () => {
    expect([latencyBucketOf(0), latencyBucketOf(1), latencyBucketOf(2)]).toEqual([0, 0, 35]);
  });
});
