import { median } from '../quantile';
import { type Series } from './series';

/** What the place in a cycle adds to the level, or multiplies it by. */
export type ProfileKind = 'none' | 'additive' | 'multiplicative';

/** One number per place in the cycle: adds up to 0, or is 1 on average. */
export type Profile = Float64Array;

/** How wide the estimate of a median spreads, against that of a mean: π/2 in variance, for normal errors. */
const MEDIAN_VARIANCE = Math.PI / 2;
/** From a median of absolute deviations to a standard deviation, for normal errors. */
const MAD_TO_DEVIATION = 1.4826;
/** Two cycles are the fewest of which anything can be said to come again. */
const MIN_CYCLES = 2;

/**
 * The mean over one cycle around each step: what remains of a series when the cycle is taken out. Where a value is missing,
 * the one a cycle before stands in for it. NaN where no whole cycle lies around the step.
 */
export function cycleMeans({ values, season }: Series): Float64Array {
  const n = values.length;
  const filled = Float64Array.from(values);
  for (let t = season; t < n; t += 1) if (Number.isNaN(filled[t]!)) filled[t] = filled[t - season]!;
  const means = new Float64Array(n).fill(Number.NaN);
  const before = season >> 1;
  const isEven = season % 2 === 0;
  for (let t = before; t < n - before; t += 1) {
    let sum = 0;
    for (let s = t - before; s <= t + before; s += 1) {
      // An even cycle has no middle: its two ends count half.
      sum += isEven && (s === t - before || s === t + before) ? filled[s]! / 2 : filled[s]!;
    }
    means[t] = sum / season;
  }
  return means;
}

/**
 * The profile that the last `cycles` cycles before `end` show: per place in the cycle the median of what it differed from the
 * mean around it, so that a spike or a holiday changes nothing, drawn to no profile at all by as much as its differences
 * could be chance (James and Stein). It knows nothing of what lies at `end` or later.
 */
export function profileAt(
  { values, season }: Series,
  means: Float64Array,
  kind: ProfileKind,
  cycles: number,
  end: number,
): Profile {
  const neutral = kind === 'multiplicative' ? 1 : 0;
  const profile = new Float64Array(season).fill(neutral);
  if (kind === 'none') return profile;
  const to = end - (season >> 1);
  const from = Math.max(0, to - cycles * season);
  const seen: number[][] = Array.from({ length: season }, () => []);
  for (let t = from; t < to; t += 1) {
    const mean = means[t]!;
    const difference = kind === 'multiplicative' ? (mean > 0 ? values[t]! / mean : Number.NaN) : values[t]! - mean;
    if (!Number.isNaN(difference)) seen[t % season]!.push(difference);
  }
  if (seen.some((one) => one.length < MIN_CYCLES)) return profile;
  const rests: number[] = [];
  seen.forEach((one, place) => {
    const middle = median(one);
    profile[place] = middle;
    // Of two values the median is their middle, and half of the freedom of what rests is used up.
    const freed = Math.sqrt(one.length / (one.length - 1));
    for (const each of one) rests.push(Math.abs(each - middle) * freed);
  });
  center(profile, kind);
  const deviation = MAD_TO_DEVIATION * median(rests);
  const chance = ((season - 1) * MEDIAN_VARIANCE * deviation ** 2 * season) / (rests.length || 1);
  const strength = profile.reduce((sum, each) => sum + (each - neutral) ** 2, 0);
  const kept = strength > 0 ? Math.max(0, 1 - chance / strength) : 0;
  for (let place = 0; place < season; place += 1) profile[place] = neutral + kept * (profile[place]! - neutral);
  return profile;
}

function center(profile: Profile, kind: ProfileKind): void {
  const mean = profile.reduce((sum, each) => sum + each, 0) / profile.length;
  for (let place = 0; place < profile.length; place += 1) {
    if (kind === 'additive') profile[place]! -= mean;
    else if (mean > 0) profile[place]! /= mean;
    else profile[place] = 1;
  }
}
