import { type Decimal } from 'decimal.js';
import { Exact, type RatedPart } from '@/rating';
import { type LinePart } from './line-draft';

const ZERO = new Exact(0);

/**
 * A share of an amount for so many days of so many: exact where it ends within 30 digits behind the point, which it does
 * wherever it is a whole or half minor unit, so rounding to these is not felt afterwards.
 */
export const shareOf = (amount: Decimal, { days, ofDays }: { days: number; ofDays: number }): Decimal =>
  amount.times(days).dividedBy(ofDays).toDecimalPlaces(30);

/** A part without units. `of` is what it is the share of, where it is one. */
export const amountPart = (kind: LinePart['kind'], amount: Decimal, of: Decimal = amount): LinePart => ({
  kind,
  quantity: ZERO,
  unitPrice: null,
  flatAmount: of,
  amount,
});

/**
 * The parts of `after` minus those of `before`: tier by tier where both were reached. Quantities and amounts add up to the
 * differences of theirs; what comes to nothing is left out.
 */
export function partsBetween(after: readonly RatedPart[], before: readonly RatedPart[]): RatedPart[] {
  const left = new Map(before.map((part, place) => [nameOf(part, before, place), part]));
  const grown = after.map((part, place) => {
    const name = nameOf(part, after, place);
    const earlier = left.get(name);
    left.delete(name);
    return earlier ? minus(part, earlier) : part;
  });
  const gone = [...left.values()].map((part) =>
    minus({ ...part, quantity: ZERO, flatAmount: ZERO, amount: ZERO }, part),
  );
  return [...grown, ...gone].filter(({ quantity, amount }) => !quantity.isZero() || !amount.isZero());
}

/** Parts of one kind are told apart by their order, and by their price: by volume, the one tier may be another. */
function nameOf({ kind, unitPrice }: RatedPart, parts: readonly RatedPart[], place: number): string {
  const earlier = parts.slice(0, place).filter((part) => part.kind === kind).length;
  return `${kind} ${earlier} ${unitPrice?.toFixed() ?? ''}`;
}

const minus = (a: RatedPart, b: RatedPart): RatedPart => ({
  ...a,
  quantity: a.quantity.minus(b.quantity),
  flatAmount: a.flatAmount.minus(b.flatAmount),
  amount: a.amount.minus(b.amount),
});

export const amountOf = (parts: readonly LinePart[]): Decimal =>
  parts.reduce((sum, { amount }) => sum.plus(amount), ZERO);
