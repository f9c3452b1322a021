// What is measured of each value against what came before it: one number per kind of incident, in multiples of what is usual. Values are
// measured by their root (with its sign): counts of any size are then equally noisy, and what is skewed is so by half.

import { createDayDrift } from './day-drift';
import { createLevelWindows } from './level-windows';
import { createLongestRun } from './longest-run';
import { median } from '../../quantile';
import { createFadingMean } from './fading-mean';
import { type Band, createTimeProfile, DAY_MS, HOUR_MS } from './time-profile';

export const KINDS = ['spike', 'plunge', 'rise', 'fall', 'velocity', 'restless', 'silence', 'flat', 'drift'] as const;
/**
 * - spike, plunge: far above or below what is usual at this time *and* the values before: the first moment of anything sudden.
 * - rise, fall: above or below all levels that were seen at this time of the day: a new level, an outage, hours that were moved.
 * - velocity: how many times the hour before.
 * - restless: changes from value to value, against what they were.
 * - silence: zeros, where there are none as a rule, against the longest such silence before.
 * - flat: the same value, to the last digit, for longer than ever.
 * - drift: days that left, little by little, where all days of the last weeks lay.
 */
export type Kind = (typeof KINDS)[number];

export interface Measured {
  statistics: Record<Kind, number>;
  /** Where a usual value would lie. */
  expected: Band;
  /** Whether days have a rhythm, and so may weeks. */
  rhythm: boolean;
}

export interface Measure {
  /** Measures a value, and only then learns it. Times grow. */
  of(atMs: number, given: number): Measured;
  /** What was told is not told again as a drift. */
  told(): void;
}

/** No distance is told from zero below these shares of the spread, and of the level: a series without noise differs by its last digits only. */
const FINEST_OF_SPREAD = 0.02;
const FINEST_OF_LEVEL = 0.001;
/** No statistic is more: what comes after a series of zeros is infinitely unusual, and sums must stay finite. */
const MOST = 1e6;
const MOST_VALUE = 1e100;
/** The root of a count has a standard deviation of a half whatever the count is (Poisson), and so a mean distance of 0.4. */
const COUNT_NOISE = 0.4;
/** Medians of 24 hours without any rhythm lie about three mean distances apart. */
const RHYTHM = 4;
/** Fewer counted things are none to be compared with, nor many more than were expected: 1 → 6 is no alarm, 10 → 61 is. */
const FEW = 10;
/** So many counted things must be missing before their absence says something: by chance that is one in e^20. */
const MISSED = 20;
/** A series where more than one value in twenty repeats the one before says nothing by repeating it. */
const MAY_REPEAT = 0.05;
/** Twelve equal values, or three times what ever was, are flat. */
const FLAT_AT_LEAST = 12;
const FLAT_TIMES = 3;
/** One value moves what is usual by no more than so many times itself. */
const LEARNT_AT_MOST = 10;

const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length;
const signedRoot = (value: number): number => Math.sign(value) * Math.sqrt(Math.abs(value));
const bounded = (statistic: number): number => Math.min(MOST, statistic);
/** Negative below, positive above, 0 within. */
const outside = (value: number, { low, high }: Band): number =>
  value < low ? value - low : value > high ? value - high : 0;

/** @param spacingMs what lies between two values, as a rule; from it follows whether a value is a moment, an hour or a day. */
export function createMeasure(spacingMs: number): Measure {
  const daily = spacingMs >= DAY_MS / 2;
  const slotMs = daily ? DAY_MS : HOUR_MS;
  const perHour = Math.max(1, Math.round(HOUR_MS / spacingMs));
  const dayMs = Math.max(DAY_MS, 14 * spacingMs);
  const weekMs = 7 * dayMs;
  const profile = createTimeProfile(slotMs);
  const distances = createTimeProfile(slotMs);
  const levels = createLevelWindows(slotMs);
  const dayDrift = createDayDrift();
  /** How far the values of the last hour, at least five, were outside of what is usual. */
  const lately: number[] = [];
  const latelyKept = Math.max(5, perHour);
  const lastTwoHours: number[] = [];
  const ofADay = createFadingMean(dayMs);
  const ofAWeek = createFadingMean(weekMs);
  const level = createFadingMean(weekMs);
  const spread = createFadingMean(weekMs);
  const step = createFadingMean(Math.max(6 * HOUR_MS, 6 * spacingMs));
  const usualStep = createFadingMean(weekMs);
  const repeats = createFadingMean(weekMs);
  const longestRepeat = createLongestRun();
  const longestSilence = createLongestRun();
  let counts = true;
  let neverBelowZero = true;
  let last: number | undefined;
  let repeated = 0;
  let zeros = 0;
  let missed = 0;

  const silenceOf = (value: number, usual: Band): number => {
    const odd = value === 0 && usual.low > 0;
    // Zeros at a time that has them as a rule neither end a silence nor add to it.
    zeros = odd ? zeros + 1 : value === 0 ? zeros : 0;
    missed = odd ? missed + usual.low ** 2 : value === 0 ? missed : 0;
    longestSilence.add(zeros);
    return !counts || missed >= MISSED ? zeros / Math.max(1, longestSilence.before) : 0;
  };
  const flatOf = (change: number): number => {
    repeated = last !== undefined && change === 0 ? repeated + 1 : 0;
    longestRepeat.add(repeated);
    return repeats.value < MAY_REPEAT ? repeated / Math.max(FLAT_AT_LEAST, FLAT_TIMES * longestRepeat.before) : 0;
  };
  const velocityOf = (given: number, high: boolean, unit: number): number => {
    lastTwoHours.push(given);
    if (lastTwoHours.length > 2 * perHour) lastTwoHours.shift();
    if (daily || !high || lastTwoHours.length < 2 * perHour) return 0;
    const before = mean(lastTwoHours.slice(0, perHour));
    return before < 0
      ? 0
      : mean(lastTwoHours.slice(perHour)) / Math.max(before, counts ? FEW : 0, unit ** 2, Number.MIN_VALUE);
  };

  return {
    told: () => dayDrift.forget(),
    of(atMs, anyGiven) {
      const given = Math.max(-MOST_VALUE, Math.min(MOST_VALUE, anyGiven));
      const value = signedRoot(given);
      counts &&= Number.isInteger(given) && given >= 0;
      neverBelowZero &&= given >= 0;
      const noise = counts ? COUNT_NOISE : 0;
      const finest = Math.max(FINEST_OF_SPREAD * spread.value, FINEST_OF_LEVEL * Math.abs(level.value));

      // Between what is usual at this time, and that with what was different of late.
      const different = lately.length === 0 ? 0 : median(lately);
      const usual = profile.usual(atMs) ?? { low: 0, high: 0 };
      const floor = neverBelowZero ? 0 : -Infinity;
      const expected = {
        low: Math.max(floor, usual.low + Math.min(0, different)),
        high: Math.max(floor, usual.high + Math.max(0, different)),
      };
      const away = outside(value, expected);
      const atThisTime = distances.usual(atMs)?.high ?? 0;
      const unit = Math.max(atThisTime, ofADay.value, ofAWeek.value / 2, finest, noise, Number.MIN_VALUE);
      const { above, below } = levels.of(atMs, value, Math.max(finest, noise / Math.sqrt(perHour)));
      const change = last === undefined ? 0 : Math.abs(value - last);
      step.add(atMs, change, spacingMs);

      const few = counts ? Math.max(0, Math.min(1, (given - toValue(usual.high)) / FEW)) : 1;

      const statistics = {
        spike: bounded((few * Math.max(0, away)) / unit),
        plunge: bounded(Math.max(0, -away) / unit),
        rise: few * above,
        fall: below,
        velocity: bounded(velocityOf(given, value - usual.high > 3 * unit, unit)),
        restless: usualStep.value > 0 ? bounded(step.value / Math.max(usualStep.value, finest)) : 0,
        silence: silenceOf(value, usual),
        flat: flatOf(change),
        drift: bounded(dayDrift.of(atMs, value)),
      };
      const rhythm = profile.rhythm() > RHYTHM * unit;

      const learnt = ofADay.count < 5 ? Math.abs(away) : Math.min(Math.abs(away), LEARNT_AT_MOST * unit);
      ofADay.add(atMs, learnt, spacingMs);
      ofAWeek.add(atMs, learnt, spacingMs);
      distances.add(atMs, learnt);
      spread.add(atMs, Math.abs(value - level.value), spacingMs);
      level.add(atMs, value, spacingMs);
      usualStep.add(atMs, change, spacingMs);
      repeats.add(atMs, change === 0 ? 1 : 0, spacingMs);
      lately.push(outside(value, usual));
      if (lately.length > latelyKept) lately.shift();
      profile.add(atMs, value);
      last = value;
      return { statistics, expected: { low: toValue(expected.low), high: toValue(expected.high) }, rhythm };
    },
  };
}

const toValue = (root: number): number => Math.sign(root) * root * root;
