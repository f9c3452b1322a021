import { type ForecastModel } from '../contracts';
import { type Path } from './backtest';
import { type Spread, spreadOf } from './interval';
import { type Series } from './series';
import { rSquaredOf } from './straight-line';

/** How good a model was in the backtest on this history; null where it does not tell. */
export interface Accuracy {
  /** Mean absolute error over that of repeating the last cycle (Hyndman and Koehler 2006): below 1 it is better than that. */
  mase: number | null;
  /** Sum of absolute errors over the sum of what came. */
  wape: number | null;
  /** Share of what came in the later half of the backtest that lay inside the interval made of the earlier half. */
  inside: number | null;
  /** Share of the variance that a straight line explains; of linear_regression only. */
  rSquared: number | null;
}

/** Below so many errors of a step nothing is said of how well the interval holds. */
const MIN_ERRORS = 16;

export function accuracyOf(
  model: ForecastModel,
  series: Series,
  origins: readonly number[],
  paths: readonly Path[],
  errors: readonly (readonly number[])[],
): Accuracy {
  const { values, season } = series;
  let off = 0;
  let came = 0;
  let count = 0;
  origins.forEach((origin, place) => {
    paths[place]!.forEach((expected, h) => {
      const value = values[origin + 1 + h] ?? Number.NaN;
      if (Number.isNaN(value)) return;
      off += Math.abs(value - expected);
      came += Math.abs(value);
      count += 1;
    });
  });
  const repeated = values
    .map((value, t) => (t < season ? Number.NaN : Math.abs(value - values[t - season]!)))
    .filter((difference) => !Number.isNaN(difference));
  const scale = repeated.reduce((sum, each) => sum + each, 0) / repeated.length;
  return {
    mase: count > 0 && scale > 0 ? off / count / scale : null,
    wape: came > 0 ? off / came : null,
    inside: shareInside(errors),
    rSquared: model === 'linear_regression' ? rSquaredOf(series) : null,
  };
}

function shareInside(errors: readonly (readonly number[])[]): number | null {
  const tried = errors.filter((some) => some.length >= MIN_ERRORS);
  if (tried.length === 0) return null;
  const half = (some: readonly number[]) => some.length >> 1;
  const spread: Spread = spreadOf(
    tried.map((some) => some.slice(0, half(some))),
    0,
  );
  let inside = 0;
  let count = 0;
  tried.forEach((some, h) => {
    for (const error of some.slice(half(some))) {
      count += 1;
      if (error >= -spread.below[h]! && error <= spread.above[h]!) inside += 1;
    }
  });
  return inside / count;
}
