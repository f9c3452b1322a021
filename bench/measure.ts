/** One figure of a benchmark: a ratio to a baseline measured in the same run, and what it ought to be. */
export interface Figure {
  name: string;
  ratio: number;
  /** What is aimed at. */
  atLeast?: number;
  atMost?: number;
  /** The measurements behind the ratio, for the reader. */
  detail: string;
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
};

export interface Pairs {
  /** Median over the pairs of candidate ÷ baseline. */
  ratio: number;
  /** Half the spread of the middle 80 % of the ratios: how far the median may be trusted. */
  spread: number;
  /** The same measure of baseline ÷ baseline, in the same run: what noise alone makes of a ratio of 1. */
  noise: { ratio: number; spread: number };
  candidate: number;
  baseline: number;
}

const spreadOf = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.round(share * (sorted.length - 1)))]!;
  return (at(0.9) - at(0.1)) / 2;
};

/**
 * Measures two things in alternation, so that what disturbs the machine disturbs both: baseline, candidate, baseline again
 * per round. The two baselines of a round give the noise floor (A/A).
 */
export async function measureInPairs(
  rounds: number,
  baseline: () => Promise<number>,
  candidate: () => Promise<number>,
): Promise<Pairs> {
  const ratios: number[] = [];
  const noise: number[] = [];
  const baselines: number[] = [];
  const candidates: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [first, measured, second] = [await baseline(), await candidate(), await baseline()];
    ratios.push(measured / ((first + second) / 2));
    noise.push(second / first);
    baselines.push(first, second);
    candidates.push(measured);
  }
  return {
    ratio: median(ratios),
    spread: spreadOf(ratios),
    noise: { ratio: median(noise), spread: spreadOf(noise) },
    candidate: median(candidates),
    baseline: median(baselines),
  };
}

export const round = (value: number, digits = 2): string => value.toFixed(digits);
