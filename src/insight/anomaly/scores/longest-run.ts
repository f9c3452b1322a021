/** A run is forgotten by half in 5,000 values, so that what was once is no excuse for ever. */
const KEPT_PER_VALUE = 0.5 ** (1 / 5000);

export interface LongestRun {
  /** @param length of the run that goes on; less than the last time: that one is over. */
  add(length: number): void;
  /** The longest that is over, faded. */
  readonly before: number;
}

export function createLongestRun(): LongestRun {
  let before = 0;
  let running = 0;
  return {
    add(length) {
      before *= KEPT_PER_VALUE;
      if (length < running) before = Math.max(before, running);
      running = length;
    },
    get before() {
      return before;
    },
  };
}
