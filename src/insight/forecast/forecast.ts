import { type ForecastModel } from '../contracts';
import { type Accuracy, accuracyOf } from './accuracy';
import { errorsOf, originsOf, usualDifferences } from './backtest';
import { chanceOfMore, smallSample, type Spread, spreadOf } from './interval';
import { modelPaths } from './model-paths';
import { type Series, seriesOf } from './series';

/** What is expected of each step, and between what 95 of 100 such steps come to lie. */
export interface Band {
  mean: number[];
  lo: number[];
  hi: number[];
}

export interface Forecast extends Band {
  /** Of the sum of all steps up to each: its interval is made of the sums that the backtest was off by. */
  sums: Band;
  accuracy: Accuracy;
  /**
   * The probability, from 0 to 1, that the first `steps` steps add up to more than `amount`: by how the backtest's sums were
   * off, and never certain of what has not happened yet.
   */
  chanceAbove: (steps: number, amount: number) => number;
}

export interface ForecastOptions {
  /** Steps of a cycle: 7 of days, 24 of hours. */
  season: number;
  /** Steps ahead, at least 1. */
  horizon: number;
  model: ForecastModel;
}

/** A standard normal deviation of the values is widened to their 95 of 100. */
const Z = 1.96;
/** Cycles whose values say how they spread, where there are too few for a backtest. */
const SPREAD_CYCLES = 6;

/**
 * What comes after a history. Any history with a value has an answer, made of finite numbers; where no value is negative,
 * nothing of the answer is.
 * @param history oldest first, finite numbers; null is a gap, which says nothing, while 0 says that there was nothing
 * @throws RangeError for a history without values
 */
export function forecast(history: readonly (number | null)[], { season, horizon, model }: ForecastOptions): Forecast {
  const series = seriesOf(history, season);
  if (series.values.length === 0) throw new RangeError('a history needs a value');
  const origins = originsOf(series);
  const paths = modelPaths(model, series, origins, horizon);
  const usual = usualDifferences(series);
  const errors = errorsOf(series, usual, origins, paths, horizon);
  const now = usual.at(-1)!;
  const path = paths.at(-1)!;
  const atLeast = spreadOfValues(series) / now;
  const clipped = series.nonNegative ? path.map((expected) => Math.max(0, expected)) : path;
  let total = 0;
  const totals = clipped.map((expected) => (total += expected));
  return {
    ...bandOf(series, clipped, spreadOf(errors.steps, atLeast), now),
    sums: bandOf(series, totals, spreadOf(errors.sums, atLeast, 'sums'), now),
    accuracy: accuracyOf(model, series, origins, paths, errors.steps),
    chanceAbove: (steps, amount) => chanceOfMore(errors.sums, steps, (amount / series.unit - totals[steps - 1]!) / now),
  };
}

/** By how much 95 of 100 values differ from their mean, widened for how few they are; of a single one, by itself. */
function spreadOfValues({ values, season }: Series): number {
  const known = values.slice(-SPREAD_CYCLES * season).filter((value) => !Number.isNaN(value));
  if (known.length < 2) return Math.abs(known[0] ?? 1);
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1);
  return Z * smallSample(known.length - 1) * Math.sqrt(variance * (1 + 1 / known.length));
}

function bandOf({ unit, nonNegative }: Series, middle: Float64Array, { below, above }: Spread, now: number): Band {
  const told = (value: number) => {
    const clipped = nonNegative ? Math.max(0, value) : value;
    return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, clipped * unit));
  };
  return {
    mean: Array.from(middle, told),
    lo: Array.from(middle, (value, h) => told(value - below[h]! * now)),
    hi: Array.from(middle, (value, h) => told(value + above[h]! * now)),
  };
}
