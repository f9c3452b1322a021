import { Decimal } from 'decimal.js';
import { fromMinor } from '@/kernel/money';
import { type EffectiveLimit } from '@/plans/contracts';
import { rateQuantity } from '@/rating';
import { type PeriodForecast } from '../contracts';
import { type Band, type Forecast } from './forecast';

const DAY_MS = 86_400_000;

/** What of a forecast a period is computed from; its first day is today. */
export type PeriodBasis = Pick<Forecast, 'mean' | 'chanceAbove'> & { sums: Band };

export interface PeriodState {
  period: { from: Date; to: Date };
  /** Units used in the period so far, those of today included. */
  used: number;
  /** Units of today so far: the first day of the forecast is today, all of it. */
  usedToday: number;
  today: Date;
  /** Null where the plan does not limit the metric. */
  limit: EffectiveLimit | null;
  /** In which overage is paid; null for usage of test keys, which is not. */
  currency: string | null;
}

/** Whole days from today to the last of a period. */
export const daysLeft = (today: Date, { to }: { to: Date }): number =>
  Math.max(1, Math.ceil((to.getTime() - today.getTime()) / DAY_MS));

/**
 * What a period has come to at the end of each day from today on, as it is expected: what was used before today and the sum of the days
 * from today on, but never less than what is used already, and no more than a limit lets be used.
 */
export function periodCourse({ mean, sums }: PeriodBasis, { used, usedToday, limit }: PeriodState) {
  // Today is at least what it is already.
  const ahead = Math.max(0, usedToday - mean[0]!);
  const end = limit?.limit ?? Infinity;
  const after = (of: readonly number[], days: number) =>
    Math.max(used, Math.min(end, used - usedToday + ahead + of[days - 1]!));
  return (days: number) => ({ mean: after(sums.mean, days), lo: after(sums.lo, days), hi: after(sums.hi, days) });
}

/**
 * What a period comes to, if the days that are left are as they are forecast: what was used before today and the sum of the days
 * from today on, but never less than what is used already.
 * @param forecast of `daysLeft` days at least, the first being today
 */
export function forecastPeriod(forecast: PeriodBasis, state: PeriodState): PeriodForecast {
  const { period, used, usedToday, today, limit, currency } = state;
  const left = daysLeft(today, period);
  const before = used - usedToday;
  // Today is at least what it is already.
  const ahead = Math.max(0, usedToday - forecast.mean[0]!);
  const quota = limit?.included ?? null;
  const totalAfter = (sums: readonly number[], days: number) => Math.max(used, before + ahead + sums[days - 1]!);
  const { mean, lo, hi } = periodCourse(forecast, state)(left);
  const dayOf = (sums: readonly number[]) => {
    for (let days = 1; quota !== null && days <= left; days += 1) {
      if (totalAfter(sums, days) > quota) return dateAfter(today, days - 1);
    }
    return null;
  };
  const isOver = quota !== null && used > quota;
  const probability = quota === null ? null : isOver ? 1 : forecast.chanceAbove(left, quota - before - ahead);
  const exceedsOn = dayOf(forecast.sums.mean);
  const beyond = (units: number) => Math.max(0, units - (quota ?? Infinity));
  return {
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    used,
    quota,
    total: { mean, lo, hi },
    will_exceed_quota: exceedsOn !== null,
    probability,
    exceeds_on: exceedsOn,
    exceeds_on_earliest: dayOf(forecast.sums.hi),
    overage: {
      mean: beyond(mean),
      lo: beyond(lo),
      hi: beyond(hi),
      cost: limit?.price && currency !== null ? costOf(limit, currency, { mean, lo, hi }) : null,
    },
  };
}

export const dateAfter = (day: Date, days: number): string =>
  new Date(day.getTime() + days * DAY_MS).toISOString().slice(0, 10);

/** By the plan's own rating, as invoices and previews are. */
function costOf(
  { price, included, overageLimit }: EffectiveLimit,
  currency: string,
  total: { mean: number; lo: number; hi: number },
) {
  const cost = (units: number) =>
    fromMinor(
      rateQuantity({ price, included, overageLimit, currency }, new Decimal(units).toDecimalPlaces(0)).minor,
      currency,
    );
  return { currency, mean: cost(total.mean), lo: cost(total.lo), hi: cost(total.hi) };
}
