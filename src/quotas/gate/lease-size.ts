/** Seconds of demand that a process keeps in hand: enough to outlast a slow answer, little enough to lose. */
const SECONDS_IN_HAND = 0.5;
/** For so many calls a pool holds units even where calls are rare, so that not every one has to ask. */
const LEAST_CALLS = 10;
/** Demand is not measured over less: a burst of one turn of the event loop says nothing about the next second. */
const MIN_ELAPSED_MS = 20;

/** What was handed out up to a moment, in units since the pool began. */
export interface DemandSample {
  atMs: number;
  handedOut: number;
}

/** Units per second between two moments; null when there is no earlier one. */
export function demandPerSecond(earlier: DemandSample | null, now: DemandSample): number | null {
  if (!earlier) return null;
  const elapsedMs = Math.max(MIN_ELAPSED_MS, now.atMs - earlier.atMs);
  return ((now.handedOut - earlier.handedOut) * 1_000) / elapsedMs;
}

/** Whole units that are kept where calls are rare. */
export const leastUnits = (unitsPerCall: number): number => LEAST_CALLS * Math.max(1, Math.ceil(unitsPerCall));

/** Whole units a pool wants to hold, at most for `mostCalls`; `perSecond` is null as long as no demand was seen. */
export const targetUnits = (perSecond: number | null, unitsPerCall: number, mostCalls: number): number =>
  Math.min(
    mostCalls * Math.max(1, Math.ceil(unitsPerCall)),
    Math.max(leastUnits(unitsPerCall), Math.ceil((perSecond ?? 0) * SECONDS_IN_HAND)),
  );

/**
 * How many units to borrow: what waits now, and enough to come up to the target. Never less than `need`.
 * @param need units that the first in line lacks
 * @param waiting units that all in line ask for together
 * @param held units in hand
 */
export function unitsToBorrow(demand: { need: number; waiting: number; held: number; target: number }): number {
  const { need, waiting, held, target } = demand;
  // What many wait for together may be more than a number counts to.
  return Math.max(need, Math.min(waiting + target - held, Number.MAX_SAFE_INTEGER));
}

/** Whether it is time to borrow ahead, so that nobody has to wait. */
export const runsLow = (held: number, target: number): boolean => held * 2 < target;
