import { Decimal } from 'decimal.js';
import { currencyDigits } from './currencies';
import { AppError } from './errors';

function digitsOf(currency: string): number {
  const digits = currencyDigits(currency);
  if (digits !== undefined) return digits;
  throw new AppError('invalid_request', `currency: expected one that can be charged, e.g. USD, received ${currency}`);
}

/**
 * An exact amount in major units as an integer of minor units, rounded half up: 0.125 USD is 13. Of a negative amount the
 * half is rounded away from zero, so that a credit is as large as the charge it takes back.
 * @throws AppError invalid_request for a currency that is not admitted, and for an amount beyond 2⁵³ minor units.
 */
export function toMinor(amount: Decimal, currency: string): number {
  const minor = amount.times(Decimal.pow(10, digitsOf(currency))).toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
  if (minor.abs().lte(Number.MAX_SAFE_INTEGER)) return minor.toNumber() + 0;
  throw new AppError(
    'invalid_request',
    `amount: expected at most 2^53 minor units, received ${amount.toFixed()} ${currency}`,
  );
}

/**
 * Minor units as a decimal string in major units: 4900 USD is "49.00".
 * @throws AppError invalid_request for a currency that is not admitted.
 */
export function fromMinor(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return new Decimal(minor).dividedBy(Decimal.pow(10, digits)).toFixed(digits);
}
