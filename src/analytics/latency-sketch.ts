/**
 * Quantiles of durations from counts per bucket: DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable
 * quantile sketch with relative-error guarantees", VLDB 2019) with relative accuracy 0.01. The same buckets are filled
 * by the SQL function latency_bucket.
 */
const ACCURACY = 0.01;
const GAMMA = (1 + ACCURACY) / (1 - ACCURACY);
const LOG_GAMMA = Math.log(GAMMA);

/** Bucket to number of durations. Two sketches are merged by adding their counts. */
export type LatencySketch = ReadonlyMap<number, number>;

/** The bucket of a duration in whole microseconds: i for (g^(i-1), g^i], 0 for up to one microsecond. */
export const latencyBucketOf = (durationUs: number): number =>
  durationUs <= 1 ? 0 : Math.ceil(Math.log(durationUs) / LOG_GAMMA);

export function countOf(sketch: LatencySketch): number {
  let total = 0;
  for (const count of sketch.values()) total += count;
  return total;
}

/**
 * Quantiles in microseconds, each within 1 % of the exact one; null for an empty sketch. The exact one is the nearest
 * rank, as in percentile_disc: the smallest duration that at least the share q of all durations does not exceed. (The
 * paper ranks by floor(1 + q(n-1)), which on few samples reads low; the bound holds for any rank.)
 * @param qs shares, each from 0 to 1
 */
export function quantilesOf(sketch: LatencySketch, qs: readonly number[]): (number | null)[] {
  const buckets = [...sketch].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  return qs.map((q) => {
    // Less by what a float may be too high, or 0.07 of 100 would have rank 8.
    const rank = Math.max(1, Math.ceil(q * total * (1 - 4 * Number.EPSILON)));
    let seen = 0;
    for (const [bucket, count] of buckets) {
      seen += count;
      if (seen >= rank) return (2 * GAMMA ** bucket) / (GAMMA + 1);
    }
    return null;
  });
}
