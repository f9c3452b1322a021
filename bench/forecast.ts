// How good forecasts are, on daily series of kinds by which no model was chosen, and of those by which they were: the error over that of
// repeating the last week, the share inside the interval, and the time of a forecast.

import { forecast } from '@/insight';
import { heldOutKinds, seriesKinds, seriesOfKind } from '@/testing/series-kinds';
import { type Figure, round } from './measure';

const LENGTHS = [90, 180, 365, 730];
const SEEDS = [11, 12, 13];
const HORIZONS = [14, 30];
const WEEK = 7;

interface Score {
  kind: string;
  mase: number;
  wape: number;
  inside: number;
}

/** What one forecast was off by; null where repeating the last week is always right. */
function scoreOf(kind: string, seed: number, length: number, horizon: number): Score | null {
  const all = seriesOfKind(kind, seed, length + horizon);
  const history = all.slice(0, length);
  let scale = 0;
  for (let day = WEEK; day < length; day += 1) scale += Math.abs(all[day]! - all[day - WEEK]!) / (length - WEEK);
  if (scale === 0) return null;
  const { mean, lo, hi } = forecast(history, { season: WEEK, horizon, model: 'auto' });
  const came = all.slice(length);
  const off = came.reduce((sum, value, h) => sum + Math.abs(value - mean[h]!), 0);
  return {
    kind,
    mase: off / horizon / scale,
    wape:
      off /
      Math.max(
        Number.MIN_VALUE,
        came.reduce((sum, value) => sum + value, 0),
      ),
    inside: came.filter((value, h) => value >= lo[h]! && value <= hi[h]!).length / horizon,
  };
}

const meanOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const middleOf = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

function scoresOf(kinds: readonly string[], horizon: number): Score[] {
  return kinds.flatMap((kind) =>
    SEEDS.flatMap((seed) => LENGTHS.map((length) => scoreOf(kind, seed, length, horizon))).filter(
      (score) => score !== null,
    ),
  );
}

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
  for (const [name, kinds] of [
    ['held out', heldOutKinds],
    ['by which models were chosen', seriesKinds],
  ] as const) {
    for (const horizon of HORIZONS) {
      const scores = scoresOf(kinds, horizon);
      const inside = meanOf(scores.map((score) => score.inside));
      figures.push({
        name: `MASE at ${horizon} days, ${kinds.length} kinds ${name}`,
        ratio: meanOf(scores.map(({ mase }) => mase)),
        atMost: horizon === 14 ? 0.85 : 1,
        detail: `WAPE ${round(middleOf(scores.map(({ wape }) => wape)), 3)} in the middle; ${round(100 * inside, 1)} % inside; worst: ${worst(scores)}`,
      });
    }
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
