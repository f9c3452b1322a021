import { quantile } from '../quantile';

/** How far what comes may lie below and above what is expected, per step ahead. */
export interface Spread {
  below: Float64Array;
  above: Float64Array;
}

/** 95 of 100 lie inside. */
const INSIDE = 0.95;
/** Of a normal distribution so many deviations around the middle hold 95 of 100. */
const Z = 1.96;
/** The fewest errors that say how they spread. */
const MIN_ERRORS = 8;
/** Fewer independent errors than three are taken for three: below, the correction would say nothing any more. */
const MIN_FREEDOM = 3;
/**
 * As which power of the distance spreads grow where no error is known: of steps between noise, which does not (0), and a
 * walk (1/2); of sums as if the level were wrong all the way.
 */
const GROWTH = { steps: 1 / 4, sums: 1 } as const;
/** Steps nearby lend each other their errors: those up to a tenth of the way nearer or farther, and three at most. */
const NEARBY = 0.1;
const MOST_NEARBY = 3;

/**
 * The spread of the backtest's own errors. Per step the mean of two estimates: the quantile of their sizes, which is steady, and
 * those of either side, which know that errors upwards are larger. Widened by as much as Student's t is wider than the normal
 * for as many errors as are independent, and never narrower than nearer by. Where a step has too few errors, it
 * goes on growing.
 * @param errors per step, in the order of their origins
 * @param atLeast the spread of a step ahead by other means, where there are too few errors for any
 */
export function spreadOf(
  errors: readonly (readonly number[])[],
  atLeast: number,
  of: keyof typeof GROWTH = 'steps',
): Spread {
  const horizon = errors.length;
  const below = new Float64Array(horizon);
  const above = new Float64Array(horizon);
  let known = -1;
  for (let h = 0; h < horizon; h += 1) {
    if (errors[h]!.length >= MIN_ERRORS) {
      const [down, up] = sidesOf(nearby(errors, h));
      const wider = smallSample(independentOf(errors[h]!));
      below[h] = wider * down;
      above[h] = wider * up;
      known = h;
    } else {
      const growth = ((h + 1) / (Math.max(known, 0) + 1)) ** GROWTH[of];
      below[h] = growth * (known < 0 ? atLeast : below[known]!);
      above[h] = growth * (known < 0 ? atLeast : above[known]!);
    }
    if (h === 0) continue;
    below[h] = Math.max(below[h]!, below[h - 1]!);
    above[h] = Math.max(above[h]!, above[h - 1]!);
  }
  return { below, above };
}

/** The errors of a step and of those nearby, sorted. */
function nearby(errors: readonly (readonly number[])[], h: number): Float64Array {
  const reach = Math.min(MOST_NEARBY, Math.floor((h + 1) * NEARBY));
  const near = errors.slice(Math.max(0, h - reach), h + reach + 1).filter((some) => some.length >= MIN_ERRORS);
  const all = new Float64Array(near.reduce((count, some) => count + some.length, 0));
  let at = 0;
  for (const some of near) {
    all.set(some, at);
    at += some.length;
  }
  return all.sort();
}

/** @param sorted at least one error */
function sidesOf(sorted: Float64Array): [number, number] {
  // The next error is one more, and could be the largest: the rank is that of so many and one.
  const both = quantile(sizesOf(sorted), Math.min(1, INSIDE * (1 + 1 / sorted.length)));
  const tail = (1 - INSIDE) / 2;
  return [(both + Math.max(0, -quantile(sorted, tail))) / 2, (both + Math.max(0, quantile(sorted, 1 - tail))) / 2];
}

/** Absolute values of sorted numbers, sorted: the largest are at one end or the other. */
function sizesOf(sorted: Float64Array): Float64Array {
  const sizes = new Float64Array(sorted.length);
  let first = 0;
  let last = sorted.length - 1;
  for (let place = last; place >= 0; place -= 1) {
    const isBelow = -sorted[first]! > sorted[last]!;
    sizes[place] = Math.abs(isBelow ? sorted[first++]! : sorted[last--]!);
  }
  return sizes;
}

/**
 * The probability that an error so far ahead is larger than `needed`: the share of the backtest's own that are, widened as the
 * interval is. Never 0 or 1: one more of either kind might have come (Laplace).
 */
export function chanceOfMore(errors: readonly (readonly number[])[], steps: number, needed: number): number {
  let known = steps - 1;
  while (known > 0 && errors[known]!.length < MIN_ERRORS) known -= 1;
  const some = errors[known]!;
  const wider = some.length > 0 ? smallSample(independentOf(some)) * (steps / (known + 1)) ** GROWTH.sums : 1;
  const more = some.filter((error) => error * wider > needed).length;
  return (more + (needed < 0 ? 1 : 0.5)) / (some.length + 1.5);
}

/**
 * As how many independent ones errors count that resemble the one before: n (1 − r) / (1 + r) of n whose correlation with the
 * next is r. Errors several steps ahead overlap; of a walk few are independent, of noise nearly all.
 */
function independentOf(some: readonly number[]): number {
  const mean = some.reduce((sum, each) => sum + each, 0) / some.length;
  let together = 0;
  let alone = 0;
  some.forEach((each, place) => {
    alone += (each - mean) ** 2;
    if (place > 0) together += (each - mean) * (some[place - 1]! - mean);
  });
  const alike = alone > 0 ? Math.min(1, Math.max(0, together / alone)) : 0;
  return (some.length * (1 - alike)) / (1 + alike);
}

/** Student's t over the normal at 95 of 100 (Cornish and Fisher's expansion, within 4 % from three degrees on). */
export function smallSample(independent: number): number {
  const freedom = Math.max(MIN_FREEDOM, independent);
  return 1 + (Z ** 2 + 1) / (4 * freedom) + (5 * Z ** 4 + 16 * Z ** 2 + 3) / (96 * freedom ** 2);
}
