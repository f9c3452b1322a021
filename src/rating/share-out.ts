import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { Exact } from './exact';

/**
 * Shares out an amount by weights so that the shares add up to it: each gets the whole part of `total × weight ÷ sum of
 * weights`, and what is left goes, one unit each, to those that lost the most by it, of equals to the first (largest remainder,
 * Hamilton's method). A share is less than one unit away from its exact value, a weight of 0 gets nothing, and of a negative
 * total the shares are those of the positive one with their signs turned.
 * E.g. 100 by 1, 1, 1 is 34, 33, 33; −100 is −34, −33, −33.
 * @param totalMinor a whole number of at most 2⁵³ − 1, either sign.
 * @param weights ≥ 0 each; at least one more than 0 unless the total is 0.
 * @throws AppError invalid_request for anything else.
 */
export function shareOut(totalMinor: number, weights: readonly Decimal.Value[]): number[] {
  if (!Number.isSafeInteger(totalMinor)) {
    throw new AppError('invalid_request', `total: expected a whole number below 2^53, received ${totalMinor}`);
  }
  const exact = weights.map((weight) => new Exact(weight));
  const wrong = exact.findIndex((weight) => !weight.isFinite() || weight.lt(0));
  if (wrong !== -1) {
    throw new AppError(
      'invalid_request',
      `weights.${wrong}: expected a number of at least 0, received ${exact[wrong]!.toFixed()}`,
    );
  }
  const sum = exact.reduce((total, weight) => total.plus(weight), new Exact(0));
  if (totalMinor === 0) return weights.map(() => 0);
  if (sum.isZero()) throw new AppError('invalid_request', `weights: expected one above 0 to share ${totalMinor}`);

  const size = Math.abs(totalMinor);
  const quotas = exact.map((weight, place) => {
    const whole = weight.times(size).dividedToIntegerBy(sum);
    return { place, whole: whole.toNumber(), rest: weight.times(size).minus(whole.times(sum)) };
  });
  const left = size - quotas.reduce((total, { whole }) => total + whole, 0);
  const served = [...quotas].sort((a, b) => b.rest.cmp(a.rest) || a.place - b.place).slice(0, left);
  const more = new Set(served.map(({ place }) => place));
  const sign = Math.sign(totalMinor);
  // `+ 0` makes of −0 a 0.
  return quotas.map(({ place, whole }) => sign * (whole + (more.has(place) ? 1 : 0)) + 0);
}
