/** The middle of some numbers in any order; NaN of none. */
export const median = (values: ArrayLike<number>): number => quantile(Float64Array.from(values).sort(), 0.5);

/** A quantile of sorted numbers, between neighbours in proportion; NaN of none. @param share from 0 to 1 */
export function quantile(sorted: Float64Array, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}
