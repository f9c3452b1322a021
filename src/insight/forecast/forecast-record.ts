import { type ForecastRecord } from '../contracts';
import { dateAfter } from './period-forecast';
import { type StoredForecast } from './stored-forecast';
import { type UsageDay } from './usage-days';

const DAY_MS = 86_400_000;

/**
 * What was foretold of days that are over, `ahead` days before they ended, and what came.
 * @param ahead 1 is a day's forecast of that day itself
 * @param came whole days
 */
export function recordOf(
  made: readonly StoredForecast[],
  came: readonly UsageDay[],
  ahead: number,
): Pick<ForecastRecord, 'days' | 'summary'> {
  const quantityOn = new Map(came.map(({ at, quantity }) => [at.getTime(), quantity]));
  const days = made.flatMap(({ madeOn, mean, lo, hi }) => {
    const quantity = quantityOn.get(madeOn.getTime() + (ahead - 1) * DAY_MS);
    const expected = mean[ahead - 1];
    if (quantity === undefined || expected === undefined) return [];
    return [
      {
        date: dateAfter(madeOn, ahead - 1),
        made_on: dateAfter(madeOn, 0),
        mean: expected,
        lo: lo[ahead - 1]!,
        hi: hi[ahead - 1]!,
        came: quantity,
      },
    ];
  });
  const off = days.reduce((sum, { mean, came: quantity }) => sum + Math.abs(quantity - mean), 0);
  const total = days.reduce((sum, { came: quantity }) => sum + Math.abs(quantity), 0);
  const inside = days.filter(({ lo, hi, came: quantity }) => quantity >= lo && quantity <= hi).length;
  return {
    days,
    summary: {
      days: days.length,
      inside: days.length > 0 ? inside / days.length : null,
      mean_error: days.length > 0 ? off / days.length : null,
      wape: total > 0 ? off / total : null,
    },
  };
}
