// How good forecasts are, on daily series of kinds by which no model was chosen, and of those by which they were: the error over that of
// repeating the last week, the share inside the interval, and the time of a forecast.

import { forecast } from '@/insight';
import { heldOutKinds, seriesKinds, seriesOfKind } from '@/testing/series-kinds';
import { type Figure, round } from './measure';

const LENGTHS = [90, 180, 365, 730];
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8];
const HORIZONS = [14, 30] as const;
const FARTHEST = 30;
const MOST = { 14: 0.85, 30: 1 };
const WEEK = 7;

interface Score {
  kind: string;
  mase: number;
  wape: number;
  inside: number;
}

/** By what a forecast was off, by horizon; none where repeating the last week is always right. */
function scoresOf(kind: string, seed: number, length: number): Score[] {
  const all = seriesOfKind(kind, seed, length + FARTHEST);
  let scale = 0;
  for (let day = WEEK; day < length; day += 1) scale += Math.abs(all[day]! - all[day - WEEK]!) / (length - WEEK);
  if (scale === 0) return [];
  const { mean, lo, hi } = forecast(all.slice(0, length), { season: WEEK, horizon: FARTHEST, model: 'auto' });
  return HORIZONS.map((horizon) => {
    const came = all.slice(length, length + horizon);
    const off = came.reduce((sum, value, h) => sum + Math.abs(value - mean[h]!), 0);
    const total = came.reduce((sum, value) => sum + value, 0);
    const inside = came.filter((value, h) => value >= lo[h]! && value <= hi[h]!).length;
    return { kind, mase: off / horizon / scale, wape: total > 0 ? off / total : 0, inside: inside / horizon };
  });
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const middleOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** The kinds with the largest errors, so that one knows where to look. */
function worst(scores: readonly Score[]): string {
  const kinds = [...new Set(scores.map(({ kind }) => kind))];
  const byKind = kinds.map((kind) => ({
    kind,
    mase: meanOf(scores.filter((one) => one.kind === kind).map(({ mase }) => mase)),
  }));
  byKind.sort((a, b) => b.mase - a.mase);
  return byKind
    .slice(0, 4)
    .map(({ kind, mase }) => `${kind} ${round(mase, 2)}`)
    .join(', ');
}

export async function benchForecast(): Promise<Figure[]> {
  const figures: Figure[] = [];
  const groups = [
    ['held out', heldOutKinds],
    ['by which models were chosen', seriesKinds],
  ] as const;
  for (const [name, kinds] of groups) {
    const all = kinds.flatMap((kind) =>
      SEEDS.flatMap((seed) => LENGTHS.map((length) => scoresOf(kind, seed, length))).filter((some) => some.length > 0),
    );
    HORIZONS.forEach((horizon, place) => {
      const scores = all.map((some) => some[place]!);
      const inside = meanOf(scores.map((score) => score.inside));
      const wape = middleOf(scores.map((score) => score.wape));
      figures.push({
        name: `MASE at ${horizon} days, ${kinds.length} kinds ${name}`,
        ratio: meanOf(scores.map(({ mase }) => mase)),
        atMost: MOST[horizon],
        detail: `WAPE ${round(wape, 3)} in the middle; ${round(100 * inside, 1)} % inside; worst: ${worst(scores)}`,
      });
    });
  }
  const history = seriesOfKind('web traffic', 1, 365);
  const times = Array.from({ length: 20 }, () => {
    const from = performance.now();
    forecast(history, { season: WEEK, horizon: 30, model: 'auto' });
    return performance.now() - from;
  });
  figures.push({
    name: 'time of a forecast of 365 days, over 50 ms',
    ratio: middleOf(times) / 50,
    atMost: 1,
    detail: `${round(middleOf(times), 1)} ms`,
  });
  return figures;
}
