import { type KeyCall, type KeyHistory } from './key-calls';
import { type Finding } from './risk';

/** Fewer pauses do not tell a rhythm from chance. */
const PAUSES_AT_LEAST = 30;
/** Pauses of independent calls differ as much as they last (1); a person's, and a network's, by more than this share. */
const REGULAR = 0.1;
/** A key that is used around the clock is a machine's, and may be regular. */
const HOURS_OF_A_MACHINE = 20;

/**
 * Calls that follow each other like a clock, of a key that was not used around the clock.
 * @param calls in order of time.
 */
export function machineRegularity(calls: readonly KeyCall[], { daysByHour, days }: KeyHistory): Finding | null {
  const aroundTheClock = daysByHour.filter((used) => used > 0).length >= HOURS_OF_A_MACHINE;
  const pauses = calls.slice(1).map(({ atMs }, index) => atMs - calls[index]!.atMs);
  if (days === 0 || aroundTheClock || pauses.length < PAUSES_AT_LEAST) return null;
  const mean = pauses.reduce((sum, pause) => sum + pause, 0) / pauses.length;
  if (mean === 0) return null;
  const variance = pauses.reduce((sum, pause) => sum + (pause - mean) ** 2, 0) / pauses.length;
  const variation = Math.sqrt(variance) / mean;
  const says = `a call every ${(mean / 1000).toFixed(1)} s, within ${Math.round(100 * variation)} %`;
  return { name: 'machine_regularity', strength: 1 - variation / REGULAR, says };
}
