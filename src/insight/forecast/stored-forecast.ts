import { forecast } from './forecast';
import { type PeriodBasis } from './period-forecast';
import { MIN_DAYS, type UsageDays, WEEK } from './usage-days';

/** A forecast as it is kept; its arrays have an entry per day ahead, the first of which is the day it was made on. */
export interface StoredForecast {
  /** UTC midnight of the day on which it was made, of which nothing was known yet. */
  madeOn: Date;
  /** Whole days that were gone by. */
  historyDays: number;
  /** Empty where these were too few. */
  mean: number[];
  lo: number[];
  hi: number[];
  /** The interval of the sum of all days up to each. */
  sumsLo: number[];
  sumsHi: number[];
}

/** A billing period of 31 days, and two more for as long as there is no newer forecast. */
const STORED_DAYS = 33;

const DAY_MS = 86_400_000;
/** A deviation of a normal distribution is 1/1.96 of the way to where 95 of 100 lie; the logistic one is the same within 0.01. */
const LOGISTIC = 1.702;
const Z = 1.96;
/** Nothing that has not happened yet is certain: what lies so far out was in no backtest. */
const MOST_CERTAIN = 0.995;

/** What is to be stored of a metric's days. */
export function forecastToStore({ days, today }: UsageDays): StoredForecast {
  const known = { madeOn: today.at, historyDays: days.length };
  if (days.length < MIN_DAYS) return { ...known, mean: [], lo: [], hi: [], sumsLo: [], sumsHi: [] };
  const quantities = days.map(({ quantity }) => quantity);
  const { mean, lo, hi, sums } = forecast(quantities, { season: WEEK, horizon: STORED_DAYS, model: 'auto' });
  return { ...known, mean, lo, hi, sumsLo: sums.lo, sumsHi: sums.hi };
}

/**
 * A stored forecast seen from a later day: what it said of the days from then on. Its intervals stay as wide as they were said to be so
 * far ahead, though some of the days are known by now.
 * @returns null where it says nothing of `days` days from `today` on
 */
export function seenFrom({ madeOn, mean, ...stored }: StoredForecast, today: Date, days: number): PeriodBasis | null {
  const gone = Math.round((today.getTime() - madeOn.getTime()) / DAY_MS);
  if (gone < 0 || gone + days > mean.length) return null;
  const ahead = mean.slice(gone);
  let total = 0;
  const totals = ahead.map((each) => (total += each));
  let before = 0;
  for (const each of mean.slice(0, gone)) before += each;
  const below = totals.map((sum, h) => Math.max(0, before + sum - stored.sumsLo[gone + h]!));
  const above = totals.map((sum, h) => Math.max(0, stored.sumsHi[gone + h]! - before - sum));
  return {
    mean: ahead,
    sums: {
      mean: totals,
      lo: totals.map((sum, h) => Math.max(0, sum - below[h]!)),
      hi: totals.map((sum, h) => sum + above[h]!),
    },
    chanceAbove(steps, amount) {
      const needed = amount - totals[steps - 1]!;
      const side = needed > 0 ? above[steps - 1]! : below[steps - 1]!;
      const chance = side > 0 ? 1 / (1 + Math.exp((LOGISTIC * Z * needed) / side)) : needed < 0 ? 1 : 0;
      return Math.min(MOST_CERTAIN, Math.max(1 - MOST_CERTAIN, chance));
    },
  };
}
