// How large a statistic must be to be rare on this very series: peaks over a threshold (Siffer et al., "Anomaly Detection in
// Streams with Extreme Value Theory", KDD 2017), with the moments of the excesses instead of their likelihood.

/** Bins are 10 % wide, from 0.01 on: a statistic is a multiple of what is usual, and finer differences say nothing. */
const BIN_WIDTH = Math.log(1.1);
const BIN_COUNT = 160;
const SMALLEST = 0.01;

/** The share of values that is looked at as the tail; the usual choice of that method. */
const TAIL_SHARE = 0.02;
/** One value in so many may be above the threshold by chance: eleven years of hours, or a year of five minutes. */
const RETURN_PERIOD = 100_000;
/** Older values count half after so many, so that a series may become calmer or wilder. */
const REMEMBERED = 20_000;
/** Fewer have no tail that could be measured. */
const ENOUGH = 50;
/** The heaviest tail that is believed: beyond it the variance would not exist, and moments say nothing. */
const HEAVIEST = 0.45;

/** So many values that are not large end a group: one incident must not teach that incidents are usual. */
const GROUP_ENDS = 6;

export interface TailThreshold {
  /**
   * Non-negative, of a value that was judged already.
   * @param large from where on what comes close together is one group, of which the largest counts.
   */
  add(statistic: number, large: number): void;
  /** What is exceeded once in 100,000 values; infinite while too few are known. */
  value(): number;
}

export function createTailThreshold(): TailThreshold {
  const bins = new Float64Array(BIN_COUNT);
  let total = 0;
  /** The largest of a group that is not over yet. */
  let largest = 0;
  let calm = 0;

  const binOf = (statistic: number): number =>
    statistic <= SMALLEST ? 0 : Math.min(BIN_COUNT - 1, 1 + Math.floor(Math.log(statistic / SMALLEST) / BIN_WIDTH));
  /** The middle of a bin. */
  const valueOf = (bin: number): number => (bin === 0 ? 0 : SMALLEST * Math.exp((bin - 0.5) * BIN_WIDTH));

  return {
    add(statistic, large) {
      if (statistic >= large) {
        largest = Math.max(largest, statistic);
        calm = 0;
        return;
      }
      calm += 1;
      if (largest > 0 && calm >= GROUP_ENDS) {
        bins[binOf(largest)]! += 1;
        largest = 0;
      }
      bins[binOf(statistic)]! += 1;
      total += 1;
      if (total < REMEMBERED) return;
      for (let bin = 0; bin < BIN_COUNT; bin += 1) bins[bin]! /= 2;
      total /= 2;
    },
    value() {
      if (total < ENOUGH) return Infinity;
      let above = 0;
      let bin = BIN_COUNT - 1;
      while (bin > 0 && above + bins[bin]! <= TAIL_SHARE * total) above += bins[bin--]!;
      const start = valueOf(bin);
      if (above === 0) return start;
      let sum = 0;
      let squares = 0;
      for (let of = bin + 1; of < BIN_COUNT; of += 1) {
        const excess = valueOf(of) - start;
        sum += bins[of]! * excess;
        squares += bins[of]! * excess * excess;
      }
      const mean = sum / above;
      const ratio = (mean * mean) / Math.max(squares / above - mean * mean, 1e-9 * mean * mean);
      const shape = Math.min(HEAVIEST, Math.max(0, (1 - ratio) / 2));
      const scale = mean * (1 - shape);
      const rarer = (above / total) * RETURN_PERIOD;
      // Few excesses tell their mean badly: one standard error is added to it.
      const unsure = 1 + 1 / Math.sqrt(above);
      return start + unsure * scale * (shape < 0.01 ? Math.log(rarer) : (rarer ** shape - 1) / shape);
    },
  };
}
