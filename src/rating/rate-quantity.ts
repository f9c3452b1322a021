import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { toMinor } from '@/kernel/money';
import { type ChargePart, chargeParts, sumOf } from './charge-parts';
import { type PriceModel } from './contracts';
import { Exact, ZERO } from './exact';

/** What a metric's use in a period is rated by. */
export interface RatingTerms {
  /** What units beyond the included ones cost; null where the plan has no price: nothing. */
  price: PriceModel | null;
  /** Units that cost nothing more, before any tier or package begins; null is unlimited. */
  included: Decimal.Value | null;
  /** Units of overage after which it stops; null is no end. */
  overageLimit: Decimal.Value | null;
  /** ISO 4217. */
  currency: string;
}

export interface RatedPart extends Omit<ChargePart, 'kind'> {
  /** `free`: beyond the end of overage. A plan promises that use stops there; what got by is not the customer's to pay. */
  kind: ChargePart['kind'] | 'included' | 'free';
}

export interface RatedQuantity {
  /** Exact, in major units of the currency: the sum of the amounts of the parts. */
  exact: Decimal;
  /** The same in minor units, rounded once, half up. */
  minor: number;
  /** Their quantities add up to the quantity that was rated. */
  parts: RatedPart[];
}

/**
 * The money of a metric's use in a period: the included units, then what {@link chargeParts} says of the rest, then units
 * beyond the end of overage. It depends on the total alone, not on the order or the split of the events in it.
 * E.g. 150.5 units, 100 included, 0.02 each: 50.5 × 0.02 = 1.01, so 101 cents.
 * @param quantity ≥ 0, in units of the metric; may be fractional.
 * @throws AppError invalid_request for a negative or not finite quantity, a currency that is not admitted, or an amount
 * that a whole number of minor units cannot hold exactly.
 */
export function rateQuantity(
  { price, included, overageLimit, currency }: RatingTerms,
  quantity: Decimal,
): RatedQuantity {
  if (!quantity.isFinite() || quantity.lt(0)) {
    throw new AppError('invalid_request', `quantity: expected a number of at least 0, received ${quantity.toFixed()}`);
  }
  const total = new Exact(quantity);
  const covered = included === null ? total : Exact.min(total, included);
  const beyond = total.minus(covered);
  const charged = price ? Exact.min(beyond, overageLimit ?? beyond) : ZERO;
  const free = beyond.minus(charged);
  const parts = [
    ...(covered.gt(0) ? [unpaid('included', covered)] : []),
    ...(price && included !== null ? chargeParts(price, charged) : []),
    ...(free.gt(0) ? [unpaid('free', free)] : []),
  ];
  const exact = sumOf(parts);
  return { exact, minor: toMinor(exact, currency), parts };
}

const unpaid = (kind: 'included' | 'free', quantity: Decimal): RatedPart => ({
  kind,
  quantity,
  unitPrice: null,
  flatAmount: ZERO,
  amount: ZERO,
});
