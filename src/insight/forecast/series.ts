/** A history as the models see it. */
export interface Series {
  /** Oldest first, between −1 and 1; NaN is a gap, which differs from a zero. */
  values: Float64Array;
  /** Steps of one cycle: 7 for days of a week, 24 for hours of a day. */
  season: number;
  /** Whether no value is negative, so that nothing forecast may be. */
  nonNegative: boolean;
  /** What the values were divided by. */
  unit: number;
}

/**
 * Puts a history into a form in which no sum of it overflows and a level of 10¹² is no other case than one of 1. Gaps
 * before the first value are left out: there was nothing to measure yet. Gaps at the end stay, as time that has passed.
 * @param history finite numbers, or null for a gap
 */
export function seriesOf(history: readonly (number | null)[], season: number): Series {
  const first = history.findIndex((value) => value !== null);
  const known = first < 0 ? [] : history.slice(first);
  const unit = known.reduce<number>((most, value) => Math.max(most, Math.abs(value ?? 0)), 0) || 1;
  return {
    values: Float64Array.from(known, (value) => (value === null ? Number.NaN : value / unit)),
    season,
    nonNegative: known.every((value) => value === null || value >= 0),
    unit,
  };
}
