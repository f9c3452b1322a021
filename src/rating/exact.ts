import { Decimal } from 'decimal.js';

/** Products of the longest quantities and prices that contracts.ts admits have fewer digits: nothing is rounded. */
export const Exact = Decimal.clone({ precision: 80 });
export const ZERO = new Exact(0);
