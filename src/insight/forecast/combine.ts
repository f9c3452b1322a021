import { type Path } from './backtest';
import { type Series } from './series';

/** The best by far is followed nearly alone, near equals are averaged: of two, the one with 4 % more error counts half. */
const SHARPNESS = 16;
/** Steps from half to twice as far are judged together: who is best tomorrow need not be best in a month. */
const REACH = 2;
/** After so many cycles an error says half as much of who is best now: usage takes other habits, and a profile is of as many. */
const MEMORY_CYCLES = 12;

/**
 * One path per origin out of those of several models, each step weighed by how far each model was off so far ahead in the
 * backtest, of late above all: (error of the best / error) ^ 16.
 * @param all paths by model and origin
 */
export function combine(
  series: Series,
  origins: readonly number[],
  all: readonly (readonly Path[])[],
  horizon: number,
): Path[] {
  if (all.length === 1) return [...all[0]!];
  const errors = all.map((paths) => meanErrors(series, origins, paths, horizon));
  const shares = all.map(() => new Float64Array(horizon).fill(1 / all.length));
  for (let h = 0; h < horizon; h += 1) {
    const best = Math.min(...errors.map((one) => one[h]!));
    for (let model = 0; model < all.length; model += 1) {
      // Steps beyond all that the backtest knows are as the last that it does.
      if (Number.isNaN(best)) shares[model]![h] = h > 0 ? shares[model]![h - 1]! : 1 / all.length;
      else shares[model]![h] = best > 0 ? (best / errors[model]![h]!) ** SHARPNESS : Number(errors[model]![h] === 0);
    }
    const sum = shares.reduce((total, one) => total + one[h]!, 0);
    for (const one of shares) one[h]! /= sum;
  }
  return origins.map((_, place) => {
    const path = new Float64Array(horizon);
    all.forEach((paths, model) => {
      for (let h = 0; h < horizon; h += 1) path[h]! += shares[model]![h]! * paths[place]![h]!;
    });
    return path;
  });
}

/** Mean absolute errors around each step, the late ones counting more; NaN where nothing is known so far ahead. */
function meanErrors(
  { values, season }: Series,
  origins: readonly number[],
  paths: readonly Path[],
  horizon: number,
): Float64Array {
  const sums = new Float64Array(horizon + 1);
  const counts = new Float64Array(horizon + 1);
  origins.forEach((origin, place) => {
    const weight = 0.5 ** ((values.length - 1 - origin) / (MEMORY_CYCLES * season));
    for (let h = 0; h < horizon && origin + 1 + h < values.length; h += 1) {
      const error = Math.abs(values[origin + 1 + h]! - paths[place]![h]!);
      if (Number.isNaN(error)) continue;
      sums[h + 1]! += weight * error;
      counts[h + 1]! += weight;
    }
  });
  for (let h = 1; h <= horizon; h += 1) {
    sums[h]! += sums[h - 1]!;
    counts[h]! += counts[h - 1]!;
  }
  return Float64Array.from({ length: horizon }, (_, h) => {
    const from = Math.floor((h + 1) / REACH);
    const to = Math.min(horizon, (h + 1) * REACH);
    return (sums[to]! - sums[from]!) / (counts[to]! - counts[from]!);
  });
}
