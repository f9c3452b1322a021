import { type Series } from './series';

/** Most origins a backtest tries: more make it slower and hardly surer, since their errors overlap. */
const MOST_ORIGINS = 120;
/** How far back it goes: a year of weeks. What was usual before says little of what is now. */
const MOST_CYCLES = 52;
/** Cycles that lie before the first origin: two show a profile, and a third that it holds. */
const CYCLES_BEFORE = 3;
/** Young series are tried from the end of their first cycle on. */
const CYCLES_BEFORE_YOUNG = 1;
/** Fewer cycles are a young series: what is left for a backtest is less than what lies before it. */
const YOUNG_CYCLES = 6;
/** Cycles over which it is said by how much values usually differ. */
const USUAL_CYCLES = 8;
/** A quiet stretch is never taken for more than so much quieter than all of the series: the quiet end. */
const LEAST_OF_USUAL = 0.3;

/** What a model expects of the steps after an origin. */
export type Path = Float64Array;

/** Whether a series has less than 42 days, or six days of hours: it gets a simple form. */
export const isYoung = ({ values, season }: Series): boolean => values.length < YOUNG_CYCLES * season;

/**
 * The steps from which the past is forecast, and at last the end of the series, from which the future is. Ascending; evenly
 * spread by a stride that is no multiple of the cycle, so that each place in it is among them.
 */
export function originsOf(series: Series): number[] {
  const { values, season } = series;
  const last = values.length - 1;
  const before = isYoung(series) ? CYCLES_BEFORE_YOUNG : CYCLES_BEFORE;
  const first = Math.min(last, Math.max(before * season - 1, last - MOST_CYCLES * season));
  let stride = Math.max(1, Math.ceil((last - first) / MOST_ORIGINS));
  while (stride > 1 && commonDivisor(stride, season) > 1) stride += 1;
  const origins: number[] = [];
  for (let origin = last; origin >= first; origin -= stride) origins.push(origin);
  return origins.reverse();
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/**
 * By how much values differed of late from those a cycle before, at each step and from what lies up to it alone: the measure
 * of errors, by which those of a small past say something of a large present. Above 0 wherever the series ever moved.
 */
export function usualDifferences({ values, season }: Series): Float64Array {
  const differences = values.map((value, t) => (t < season ? Number.NaN : Math.abs(value - values[t - season]!)));
  const usual = new Float64Array(values.length);
  const all = { sum: 0, count: 0 };
  const recent = { sum: 0, count: 0 };
  const add = (to: typeof all, difference: number, sign: 1 | -1) => {
    if (Number.isNaN(difference)) return;
    to.sum += sign * difference;
    to.count += sign;
  };
  for (let t = 0; t < values.length; t += 1) {
    add(all, differences[t]!, 1);
    add(recent, differences[t]!, 1);
    if (t >= USUAL_CYCLES * season) add(recent, differences[t - USUAL_CYCLES * season]!, -1);
    const overall = all.count > 0 ? all.sum / all.count : 0;
    // What was added and taken away again may leave a rounding error behind.
    const late = recent.count > 0 ? Math.max(0, recent.sum / recent.count) : overall;
    usual[t] = Math.max(late, LEAST_OF_USUAL * overall);
  }
  const most = usual.reduce((a, b) => Math.max(a, b), 0);
  return usual.map((one) => (one > 0 ? one : most > 0 ? most : 1));
}

/** What came minus what was expected, per step ahead and origin, in usual differences; gaps and what is still to come are left out. */
export interface Errors {
  /** Of single steps: `steps[h]` of the step h + 1 ahead. */
  steps: number[][];
  /** Of sums: `sums[h]` of all steps up to h + 1 ahead. */
  sums: number[][];
}

export function errorsOf(
  { values }: Series,
  usual: Float64Array,
  origins: readonly number[],
  paths: readonly Path[],
  horizon: number,
): Errors {
  const steps: number[][] = Array.from({ length: horizon }, () => []);
  const sums: number[][] = Array.from({ length: horizon }, () => []);
  origins.forEach((origin, place) => {
    const path = paths[place]!;
    let sum = 0;
    for (let h = 0; h < horizon && origin + 1 + h < values.length; h += 1) {
      const error = (values[origin + 1 + h]! - path[h]!) / usual[origin]!;
      if (Number.isNaN(error)) continue;
      sum += error;
      steps[h]!.push(error);
      sums[h]!.push(sum);
    }
  });
  return { steps, sums };
}
