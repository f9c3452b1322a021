import { type Path } from './backtest';
import { type Series } from './series';

/** Shares of a new value in the level, of a new slope in the trend, and of a new difference in the place in the cycle. */
export interface HoltWinters {
  alpha: number;
  beta: number;
  gamma: number;
}

/** What is left of the trend a step later (Gardner and McKenzie 1985): without, it would outgrow everything. */
const DAMPING = 0.97;

/** Additive Holt–Winters with a damped trend, as textbooks have it: places in the cycle are smoothed as the level is. */
export function holtWinters(
  { values, season }: Series,
  { alpha, beta, gamma }: HoltWinters,
  origins: readonly number[],
  horizon: number,
): Path[] {
  const first = values.slice(0, season).map((value) => value);
  const known = first.filter((value) => !Number.isNaN(value));
  let level = known.reduce((sum, value) => sum + value, 0) / known.length;
  let trend = 0;
  const places = Float64Array.from({ length: season }, (_, place) => {
    const value = first[place] ?? Number.NaN;
    return Number.isNaN(value) ? 0 : value - level;
  });
  const paths: Path[] = [];
  values.forEach((value, t) => {
    const place = t % season;
    trend *= DAMPING;
    level += trend;
    if (!Number.isNaN(value)) {
      const error = value - level - places[place]!;
      level += alpha * error;
      trend += alpha * beta * error;
      places[place]! += gamma * (1 - alpha) * error;
    }
    if (t !== origins[paths.length]) return;
    let ahead = level;
    let step = trend;
    paths.push(
      Float64Array.from({ length: horizon }, (_, h) => {
        step *= DAMPING;
        ahead += step;
        return ahead + places[(t + 1 + h) % season]!;
      }),
    );
  });
  return paths;
}
