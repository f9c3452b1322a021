// What is usual at a time of the day and of the week. Values of one hour (or of one day, where they come that rarely) are one mean, and the
// profile remembers these means: 5-minute and hourly series are told by the same words.

import { median } from '../../quantile';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;

/** Two weeks: each weekday twice, and soon enough to follow. */
const DAYS_KEPT = 14;
/** Six weeks of one hour of the week: a median that two holidays do not move. */
const WEEKS_KEPT = 6;
/** A median of fewer is not one; until then the week before is only something that may be. */
const WEEKS_ENOUGH = 3;

export interface Band {
  low: number;
  high: number;
}

interface Slot {
  means: number[];
  /** Of the means; computed when asked for, until the next mean comes. */
  middle: number | undefined;
}

export interface TimeProfile {
  /** The mean of a slot is learnt with the first value after it. Times grow. */
  add(atMs: number, value: number): void;
  /** Where the medians of this time lie, of the hour before to the hour after: that clocks move by an hour is usual. */
  usual(atMs: number): Band | undefined;
  /** How far the medians of the day lie apart: what has no rhythm of days has none of weeks. */
  rhythm(): number;
}

/** @param slotMs an hour or a day. */
export function createTimeProfile(slotMs: number): TimeProfile {
  const perDay = Math.round(DAY_MS / slotMs);
  const days: Slot[] = Array.from({ length: perDay }, () => ({ means: [], middle: undefined }));
  const weeks: Slot[] = Array.from({ length: 7 * perDay }, () => ({ means: [], middle: undefined }));
  let running: { slot: number; sum: number; count: number } | undefined;
  let known: { slot: number; band: Band | undefined; rhythm: number } | undefined;

  const at = (slots: Slot[], slot: number): Slot => slots[((slot % slots.length) + slots.length) % slots.length]!;
  const middleOf = (slot: Slot): number[] => {
    if (slot.means.length === 0) return [];
    slot.middle ??= median(slot.means);
    return [slot.middle];
  };
  const learn = (slot: number, mean: number): void => {
    for (const [each, kept] of [[at(days, slot), DAYS_KEPT] as const, [at(weeks, slot), WEEKS_KEPT] as const]) {
      each.means.push(mean);
      if (each.means.length > kept) each.means.shift();
      each.middle = undefined;
    }
  };
  /** A time and the hours around it; where a slot is a day there is nothing around it. */
  const around = (slots: Slot[], slot: number): number[] =>
    (perDay === 1 ? [slot] : [slot - 1, slot, slot + 1]).flatMap((each) => middleOf(at(slots, each)));
  const bandAt = (slot: number): Band | undefined => {
    const ofWeek = around(weeks, slot);
    const middles = at(weeks, slot).means.length >= WEEKS_ENOUGH ? ofWeek : [...ofWeek, ...around(days, slot)];
    return middles.length === 0 ? undefined : { low: Math.min(...middles), high: Math.max(...middles) };
  };
  /** Nothing of it changes within a slot. */
  const knownAt = (slot: number) => {
    if (known?.slot === slot) return known;
    const middles = days.flatMap(middleOf);
    const rhythm = middles.length === 0 ? 0 : Math.max(...middles) - Math.min(...middles);
    return (known = { slot, band: bandAt(slot), rhythm });
  };
  const close = (slot: number): void => {
    if (!running || running.slot === slot) return;
    learn(running.slot, running.sum / running.count);
    running = undefined;
  };

  return {
    add(atMs, value) {
      const slot = Math.floor(atMs / slotMs);
      close(slot);
      running ??= { slot, sum: 0, count: 0 };
      running.sum += value;
      running.count += 1;
    },
    usual(atMs) {
      const slot = Math.floor(atMs / slotMs);
      close(slot);
      return knownAt(slot).band;
    },
    rhythm: () => known?.rhythm ?? 0,
  };
}
