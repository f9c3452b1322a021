// Is the level of the last hours one that any of the last days had at this time? Hours (or days) become means, and windows of one to twelve of
// them are compared with the same windows of the fourteen days before. Any day will do, so a holiday may look like a Sunday.

import { createFadingMean, type FadingMean } from './fading-mean';

/** Two weeks: each weekday twice. It is also how long an old level stays known after a new one came. */
const DAYS = 14;
/** Means in a window: at once where the step is large, half a day where it hides in noise. */
const LENGTHS = [1, 3, 6, 12];
/** With a week known the most extreme window may have been an incident: a level is learnt once it was seen on two days. */
const DAYS_FOR_SECOND = 7;
/** Few days know little of what is possible: with one, a distance counts a quarter. */
const DAYS_OF_DOUBT = 3;
/** A statistic of more says no more; it must not fill a memory. */
const MOST = 50;
/** Two windows of equal noise differ by root two times as much as one differs from what both are about. */
const OF_TWO = Math.SQRT1_2;

export interface LevelWindows {
  /**
   * How far the level is above, and below, what was seen, in multiples of how much such windows differ from one week to the next.
   * @param finest no smaller distance is told from zero.
   */
  of(atMs: number, value: number, finest: number): { above: number; below: number };
}

/** @param slotMs an hour, or a day. */
export function createLevelWindows(slotMs: number): LevelWindows {
  const perDay = Math.round(86_400_000 / slotMs);
  // Twelve days of the last fourteen would be compared with themselves.
  const lengths = perDay === 1 ? LENGTHS.slice(0, 2) : LENGTHS;
  const kept = (DAYS + 1) * perDay + 2 * lengths.at(-1)!;
  /** Sums of means up to and with a slot, in a ring; a slot without values takes the mean before it. */
  const sums = new Float64Array(kept);
  const usualDistance: FadingMean[] = lengths.map(() => createFadingMean(DAYS * 86_400_000));
  let typical = 1;
  let firstSlot = Number.NaN;
  let slot = Number.NaN;
  let sum = 0;
  let count = 0;
  const before = (of: number): number => (of < firstSlot ? 0 : sums[((of % kept) + kept) % kept]!);

  const close = (until: number): void => {
    const mean = sum / count;
    const from = Math.max(slot, until - kept);
    for (let each = from; each < until; each += 1) sums[((each % kept) + kept) % kept] = before(each - 1) + mean;
  };
  /** Means of past windows that end at this time of the day, an hour before or after. */
  const past = (length: number): number[] => {
    const means: number[] = [];
    for (let day = 1; day <= DAYS; day += 1) {
      for (const aside of perDay === 1 ? [0] : [-1, 0, 1]) {
        const end = slot - day * perDay + aside;
        if (end >= slot || end - length + 1 < firstSlot) continue;
        means.push((before(end) - before(end - length)) / length);
      }
    }
    return means;
  };
  /** Of the running slot, computed once. */
  let bands: { low: number; high: number; before: number | undefined; days: number }[] = [];
  const rememberBands = (): void => {
    bands = lengths.map((length) => {
      const means = past(length).sort((a, b) => a - b);
      const aside = perDay === 1 ? 1 : 3;
      const days = Math.floor(means.length / aside);
      const out = days >= DAYS_FOR_SECOND ? aside : 0;
      const weekAgo = slot - 7 * perDay;
      const like = weekAgo - length + 1 < firstSlot ? slot - perDay : weekAgo;
      return {
        low: means[out] ?? 0,
        high: means[means.length - 1 - out] ?? 0,
        before: like - length + 1 < firstSlot ? undefined : (before(like) - before(like - length)) / length,
        days,
      };
    });
  };

  return {
    of(atMs, value, finest) {
      const now = Math.floor(atMs / slotMs);
      if (Number.isNaN(slot)) firstSlot = slot = now;
      if (now > slot) {
        const whole = sum / count;
        bands.forEach(({ before: like }, index) => {
          if (like === undefined) return;
          const length = lengths[index]!;
          const mean = (whole + before(slot - 1) - before(slot - length)) / length;
          usualDistance[index]!.add(
            atMs,
            Math.min(
              Math.abs(mean - like) * OF_TWO,
              usualDistance[index]!.count < 24 ? Infinity : 5 * usualDistance[index]!.value,
            ),
            slotMs,
          );
        });
        close(now);
        [slot, sum, count] = [now, 0, 0];
        rememberBands();
      } else if (bands.length === 0) rememberBands();
      sum += value;
      count += 1;
      let above = 0;
      let below = 0;
      lengths.forEach((length, index) => {
        const { low, high, days } = bands[index]!;
        if (days === 0 || slot - length < firstSlot) return;
        const mean = (sum / count + before(slot - 1) - before(slot - length)) / length;
        // An hour of which one value is known says little yet: what is sudden is told by the value itself.
        const sure = Math.min(1, count / typical);
        const unit = Math.max(usualDistance[index]!.value, finest, Number.MIN_VALUE);
        const trust = ((length === 1 ? sure : 1) * days) / (days + DAYS_OF_DOUBT) / unit;
        above = Math.max(above, Math.min(MOST, (mean - high) * trust));
        below = Math.max(below, Math.min(MOST, (low - mean) * trust));
      });
      typical = Math.max(1, typical * 0.999, count);
      return { above, below };
    },
  };
}
