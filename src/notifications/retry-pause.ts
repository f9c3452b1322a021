/** Tries after which a delivery is given up; the last comes 2^12 - 1 minutes, 2.8 days, after the first. */
export const ATTEMPT_LIMIT = 13;

const MINUTE_MS = 60_000;

/** Share of a pause by which it is made longer or shorter, so that what failed together does not come back together. */
const JITTER = 0.1;

/**
 * How long to wait after a failure, in ms: 1, 2, 4, … minutes, give or take a tenth.
 * @param attempts so far, 1 or more
 * @param chance in [0, 1)
 */
export function retryPauseMs(attempts: number, chance: number): number {
  return 2 ** (attempts - 1) * MINUTE_MS * (1 + JITTER * (2 * chance - 1));
}
