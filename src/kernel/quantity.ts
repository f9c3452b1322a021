/**
 * Quantities are exact decimals from the call that reports them to the answer that shows them. In memory and in JSON one is
 * a number where a number says it exactly, and a text of digits where none does, so whole numbers up to 2⁵³ − 1, which are
 * nearly all, cost nothing more.
 */
import { Decimal } from 'decimal.js';

/**
 * A number: a whole one of at most 2⁵³ − 1, or one of at most 15 significant digits, all of which a double keeps. Anything
 * else is a text, e.g. `"10000000000000010"` or `"0.123456789012345678"`.
 */
export type ExactQuantity = number | string;

/** The most units that one event may carry of a metric. */
export const MAX_UNITS = 1e18;
/** Digits kept behind the point of what is reported; further ones are rounded away, half up. */
const FRACTION_DIGITS = 12;
/** Every decimal of so many significant digits is read back from a double as it was written. */
const DOUBLE_DIGITS = 15;

/** Sums of any length stay exact: Postgres adds them up, and it rounds nothing either. */
const Exact = Decimal.clone({ precision: 100 });

const DECIMAL = /^\d{1,19}(?:\.\d{1,60})?$/;
const SMALL_WHOLE = /^-?\d{1,15}$/;

/** A decimal as it is told. @param value a number, or the text of a decimal such as Postgres writes. */
export function exactQuantity(value: Decimal.Value): ExactQuantity {
  if (typeof value === 'number' ? Number.isSafeInteger(value) : typeof value === 'string' && SMALL_WHOLE.test(value)) {
    return Number(value);
  }
  const decimal = new Exact(value);
  const number = decimal.toNumber();
  const fits = Math.abs(number) <= Number.MAX_SAFE_INTEGER;
  return fits && (decimal.isInteger() || decimal.precision() <= DOUBLE_DIGITS) ? number : decimal.toFixed();
}

/** `a + b`. */
export function addQuantities(a: ExactQuantity, b: ExactQuantity): ExactQuantity {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    // Of two whole numbers whose sum is this small, neither the numbers nor the sum were rounded.
    if (Number.isSafeInteger(a) && Number.isSafeInteger(b) && Number.isSafeInteger(sum)) return sum;
  }
  return exactQuantity(Exact.add(a, b));
}

/** `a − b`. */
export const subtractQuantities = (a: ExactQuantity, b: ExactQuantity): ExactQuantity => exactQuantity(Exact.sub(a, b));

/** Less than 0, 0 or more than 0, as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: ExactQuantity, b: ExactQuantity): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return new Exact(a).cmp(b);
}

/** What a number that somebody reports stands for: with 12 digits behind the point at most. @param value finite */
export function roundedUnits(value: number): number {
  return Number.isInteger(value) ? value : new Exact(value).toDecimalPlaces(FRACTION_DIGITS).toNumber();
}

/** The quantity of a text of digits with or without a point, rounded as above; null if it is none, or more than {@link MAX_UNITS}. */
export function parseUnits(text: string): ExactQuantity | null {
  if (!DECIMAL.test(text)) return null;
  const decimal = new Exact(text).toDecimalPlaces(FRACTION_DIGITS);
  return decimal.gt(MAX_UNITS) ? null : exactQuantity(decimal);
}
