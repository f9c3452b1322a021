import { type Interval } from './series';

const DAY_MS = 86_400_000;
/** Distances that a reader counts in: parts of a day, and weeks. */
const ROUND_STEPS = { hour: [1, 2, 3, 4, 6, 8, 12, 24], day: [1, 2, 3, 4, 7, 14, 28, 56] } as const;

/**
 * Which instants of an axis are labelled: at most `most` of them, evenly spaced. Hours over more than two days are labelled at
 * midnight UTC, where a reader looks for the change of day.
 */
export function pickTicks(instants: readonly string[], interval: Interval, most: number): string[] {
  const midnights = instants.filter((at) => new Date(at).getTime() % DAY_MS === 0);
  const byDay = interval === 'day' || midnights.length > 2;
  const candidates = interval === 'hour' && byDay ? midnights : instants;
  const needed = Math.ceil(candidates.length / Math.max(1, most));
  const step = ROUND_STEPS[byDay ? 'day' : 'hour'].find((round) => round >= needed) ?? needed;
  // Counted from the end, so that the present keeps its label.
  return candidates.filter((_, index) => (candidates.length - 1 - index) % step === 0);
}
