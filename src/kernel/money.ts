import { Decimal } from 'decimal.js';

/** Digits behind the point of a currency (ISO 4217): 2 for USD, 0 for JPY. */
const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** An exact amount in major units as an integer of minor units, rounded half up: 0.125 USD is 13. */
export const toMinor = (amount: Decimal, currency: string): number =>
  amount
    .times(Decimal.pow(10, digitsOf(currency)))
    .toDecimalPlaces(0, Decimal.ROUND_HALF_UP)
    .toNumber();

/** Minor units as a decimal string in major units: 4900 USD is "49.00". */
export function fromMinor(minor: number, currency: string): string {
  const digits = digitsOf(currency);
  return new Decimal(minor).dividedBy(Decimal.pow(10, digits)).toFixed(digits);
}
