import { type Path } from './backtest';
import { type Series } from './series';

/** A year of whole weeks, so that weekdays fall on each other. */
const YEAR_DAYS = 364;
/** Last year is read as means of five weeks: shorter ones follow its chances. */
const HALF_DAYS = 17;
/** What lies ahead is never taken for more than so many times what is now. */
const MOST_FACTOR = 4;

/** Whether a daily series is long enough that a backtest can tell whether its years resemble each other: eight weeks beyond one. */
export const hasLastYear = ({ values, season }: Series): boolean => season === 7 && values.length >= YEAR_DAYS + 56;

/** Paths that rise and fall as the same weeks did a year before; unchanged where there was no year before. */
export function followLastYear({ values }: Series, origins: readonly number[], paths: readonly Path[]): Path[] {
  const meanAround = meansOf(values);
  return paths.map((path, place) => {
    const origin = origins[place]!;
    const then = meanAround(origin - YEAR_DAYS);
    if (!(then > 0)) return path;
    return path.map((expected, h) => {
      const at = origin + 1 + h - YEAR_DAYS;
      const factor = at + HALF_DAYS > origin ? Number.NaN : meanAround(at) / then;
      return factor >= 0 ? expected * Math.min(factor, MOST_FACTOR) : expected;
    });
  });
}

function meansOf(values: Float64Array): (t: number) => number {
  const sums = new Float64Array(values.length + 1);
  const counts = new Float64Array(values.length + 1);
  values.forEach((value, t) => {
    sums[t + 1] = sums[t]! + (Number.isNaN(value) ? 0 : value);
    counts[t + 1] = counts[t]! + (Number.isNaN(value) ? 0 : 1);
  });
  return (t) => {
    const from = t - HALF_DAYS;
    const to = t + HALF_DAYS + 1;
    if (from < 0 || to > values.length) return Number.NaN;
    const count = counts[to]! - counts[from]!;
    return count > HALF_DAYS ? (sums[to]! - sums[from]!) / count : Number.NaN;
  };
}
