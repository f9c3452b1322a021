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

/** A median, and between which values that of endlessly many measurements lies, with 95 % certainty from six of them on. */
export interface Estimate {
  median: number;
  from: number;
  to: number;
}

/**
 * The interval is that of the order statistics (W. J. Conover, Practical Nonparametric Statistics, 3.2): it assumes nothing
 * about how the values are distributed.
 */
const estimate = (values: readonly number[]): Estimate => {
  const sorted = values.toSorted((a, b) => a - b);
  const below = Math.max(0, Math.floor(sorted.length / 2 - 0.98 * Math.sqrt(sorted.length)));
  return { median: median(sorted), from: sorted[below]!, to: sorted[sorted.length - 1 - below]! };
};

export interface Pairs {
  /** Candidate ÷ baseline. */
  ratios: readonly number[];
  /** The same of baseline ÷ baseline, in the same run: what noise alone makes of a ratio of 1. */
  noise: readonly number[];
  candidates: readonly number[];
  baselines: readonly number[];
}

/**
 * Measures two things in alternation, a baseline first and last, so that what disturbs the machine disturbs both: every
 * candidate is compared with the mean of the baselines beside it. Successive baselines give the noise floor (A/A).
 */
export async function measureInPairs(
  rounds: number,
  baseline: () => Promise<number>,
  candidate: () => Promise<number>,
): Promise<Pairs> {
  const ratios: number[] = [];
  const noise: number[] = [];
  const baselines = [await baseline()];
  const candidates: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const [before, measured, after] = [baselines[n]!, await candidate(), await baseline()];
    ratios.push(measured / ((before + after) / 2));
    noise.push(after / before);
    baselines.push(after);
    candidates.push(measured);
  }
  return { ratios, noise, candidates, baselines };
}

export const round = (value: number, digits = 2): string => value.toFixed(digits);

/**
 * One figure of pairs that were measured in alternation.
 * @param sittings where the measured process itself makes a difference, those of several processes: all pairs count alike.
 */
export function pairFigure(name: string, sittings: readonly Pairs[], unit: string, digits: number): Figure {
  const all = (of: (pairs: Pairs) => readonly number[]) => sittings.flatMap(of);
  const ratio = estimate(all(({ ratios }) => ratios));
  const noise = estimate(all((pairs) => pairs.noise));
  const candidate = median(all(({ candidates }) => candidates));
  const baseline = median(all(({ baselines }) => baselines));
  const interval = ({ from, to }: Estimate) => `${round(from, 3)} to ${round(to, 3)}`;
  const parts = [
    `${round(candidate, digits)} ÷ ${round(baseline, digits)} ${unit}`,
    `median ${interval(ratio)}`,
    `noise alone ${round(noise.median, 3)}, ${interval(noise)}`,
  ];
  if (sittings.length > 1) parts.push(`by process ${sittings.map(({ ratios }) => round(median(ratios))).join(', ')}`);
  return { name, ratio: ratio.median, detail: parts.join('; ') };
}
