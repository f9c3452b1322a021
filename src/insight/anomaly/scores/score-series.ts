// Scores of a series, value by value: each is said before the next value is looked at, so no score can depend on what comes later.
//
//   value ─▶ statistics, one per kind ─▶ each against what is rare on this series ─▶ the worst opens an incident, or is part of one
//
// An incident is told once, where it opens. It goes on while anything would have opened it, and is over after a day in which nothing did.
// A new level is learnt in two days (level-windows.ts), so it is an incident of about three.

import { median } from '../../quantile';
import { createMeasure, type Kind, KINDS, type Measured } from './statistics';
import { createTailThreshold } from './tail-threshold';
import { DAY_MS } from './time-profile';

/** What a statistic must reach at least, however calm the series is. In multiples of what is usual; see `Kind`. */
const LEAST: Record<Kind, number> = {
  // Distances begin outside of what is usual, so their mean is about half a standard deviation, and this is four; below is less room.
  spike: 8,
  plunge: 7,
  rise: 2,
  fall: 2,
  // 500 % more.
  velocity: 6,
  restless: 3,
  silence: 2,
  flat: 1,
  drift: 1,
};
/** These are told against what was longest or farthest before; a tail of them would grow while an incident does. */
const WITHOUT_TAIL = new Set<Kind>(['silence', 'flat', 'drift']);

/** So many values say how far they lie apart. */
const VALUES_FOR_SPACING = 12;
/** Nothing is told before: two days of at least hourly values, 300 faster ones, or 48 slow ones. */
const WARM = { ms: 2 * DAY_MS, values: 48, orValues: 300 };
/** Until a week is known, at first and after an incident, it takes half as much again. */
const YOUNG = { ms: 7 * DAY_MS, times: 1.5 };
/** Where days have a rhythm, the first two days of the weekend, or of the week, are like nothing before: their level says nothing, and it takes twice as much. */
const UNKNOWN = { ms: 2 * DAY_MS, times: 2 };
/** An incident is over after so long without anything that would open one; three values where they are rarer. */
const QUIET = { ms: DAY_MS, values: 3 };
/** The most that a value scores while its incident is open: it was told already. */
const MOST_WHILE_OPEN = 0.49;

interface Reading {
  /** 0–1. 0.5 and above once per incident, where it opens: that is when somebody is told. */
  score: number;
  /** Whether an incident is open once this value is known. */
  open: boolean;
  /** How far each kind is from being told: 1 is told, 2 is twice that. */
  severities: Partial<Record<Kind, number>>;
  /** Undefined while too little is known. */
  expected: Measured['expected'] | undefined;
}

const NOTHING: Reading = { score: 0, open: false, severities: {}, expected: undefined };

export interface SeriesDetector {
  /** @param atMs after the one before. A value that is not finite is missing: it scores 0, and nothing is learnt of it. */
  next(atMs: number, value: number): Reading;
}

/** @param kinds what is looked for; everything, if nothing is said. */
export function createSeriesDetector(kinds: readonly Kind[] = KINDS): SeriesDetector {
  const tails = new Map(KINDS.filter((kind) => !WITHOUT_TAIL.has(kind)).map((kind) => [kind, createTailThreshold()]));
  const first: { atMs: number; value: number }[] = [];
  const weekendKnownFrom = new Map<boolean, number>();
  let measure: ReturnType<typeof createMeasure> | undefined;
  let spacingMs = 0;
  let values = 0;
  let openUntilMs = -Infinity;

  const severityOf = (kind: Kind, statistic: number, strict: number): number => {
    const least = LEAST[kind] * strict;
    if (statistic < least) return statistic / least;
    return statistic / Math.max(least, (tails.get(kind)?.value() ?? 0) * strict);
  };
  /** Whether this is a first weekend, or the first days of a week after one. */
  const isUnknown = (atMs: number): boolean => {
    const weekend = [0, 6].includes(new Date(atMs).getUTCDay());
    const from = weekendKnownFrom.get(weekend) ?? atMs;
    weekendKnownFrom.set(weekend, from);
    return atMs - from < UNKNOWN.ms;
  };
  const begin = (atMs: number, value: number): void => {
    first.push({ atMs, value });
    isUnknown(atMs);
    if (first.length < VALUES_FOR_SPACING) return;
    spacingMs = median(first.slice(1).map((each, index) => each.atMs - first[index]!.atMs));
    measure = createMeasure(spacingMs);
    for (const each of first) measure.of(each.atMs, each.value);
  };

  return {
    next(atMs, value) {
      if (!Number.isFinite(value)) return { ...NOTHING };
      values += 1;
      if (!measure) {
        begin(atMs, value);
        return { ...NOTHING };
      }
      const { statistics, expected, rhythm } = measure.of(atMs, value);
      const ageMs = atMs - first[0]!.atMs;
      const unknown = isUnknown(atMs) && rhythm;
      const young = atMs - Math.max(first[0]!.atMs, openUntilMs) < YOUNG.ms;
      const strict = unknown ? UNKNOWN.times : young ? YOUNG.times : 1;
      const warm = (ageMs >= WARM.ms && values >= WARM.values) || values >= WARM.orValues;
      if (!warm) return { ...NOTHING, expected };
      const severities: Partial<Record<Kind, number>> = {};
      let worst = 0;
      for (const kind of kinds) {
        if (unknown && (kind === 'rise' || kind === 'fall')) continue;
        const statistic = statistics[kind];
        const severity = severityOf(kind, statistic, strict);
        severities[kind] = severity;
        worst = Math.max(worst, severity);
        // What was told teaches no more than what would just not have been.
        if (!unknown) tails.get(kind)?.add(severity > 1 ? statistic / severity : statistic, LEAST[kind]);
      }
      const open = atMs < openUntilMs;
      if (worst >= 1) {
        measure.told();
        openUntilMs = atMs + Math.max(QUIET.ms, QUIET.values * spacingMs);
      }
      const score = worst / (1 + worst);
      return { score: open ? Math.min(score, MOST_WHILE_OPEN) : score, open: open || worst >= 1, severities, expected };
    },
  };
}

/** Scores of 0–1, one per value. @param timestampsMs growing. */
export function scoreSeries(timestampsMs: readonly number[], values: readonly number[]): number[] {
  const detector = createSeriesDetector();
  return values.map((value, index) => detector.next(timestampsMs[index]!, value).score);
}
