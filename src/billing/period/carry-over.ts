import { AppError } from '@/kernel/errors';
import { fromMinor } from '@/kernel/money';
import { Exact } from '@/rating';
import { leastChargeMinor } from './least-charge';
import { type CarriedLine } from './line-draft';

interface CarryOverInput<Line> {
  period: { from: Date; to: Date };
  /** ISO 4217. */
  currency: string;
  /** What earlier invoices left: owed by the customer, or to them where negative. In minor units. */
  carriedMinor: number;
  lines: readonly Line[];
}

interface CarriedOver<Line> {
  /** What was carried here first, what is carried on last; each only where there is something to carry. */
  lines: (Line | CarriedLine)[];
  /** What the lines add up to: 0, or at least the least charge of the currency. */
  totalMinor: number;
  /** What is left for the next invoice, as above. */
  carriedMinor: number;
}

/**
 * The lines of an invoice with what earlier ones left, and without what cannot be charged: a sum below 0, or above 0 but below
 * the least charge, is taken off by a last line and left for the next invoice. So no total is negative or too small to be paid,
 * and total + what is left = lines + what was left before.
 * E.g. 0.30 USD is an invoice over 0.00 that leaves 0.30; the next one, over 5.00 by itself, is over 5.30.
 * @throws AppError invalid_request for a sum beyond 2⁵³ minor units, and for a currency that is not admitted.
 */
export function carryOver<Line extends { amountMinor: number }>(input: CarryOverInput<Line>): CarriedOver<Line> {
  const { period, currency, carriedMinor, lines } = input;
  const sum = lines.reduce((total, { amountMinor }) => total + BigInt(amountMinor), BigInt(carriedMinor));
  const sumMinor = Number(sum);
  if (!Number.isSafeInteger(sumMinor)) {
    throw new AppError('invalid_request', `total: expected at most 2^53 minor units, received ${sum} of ${currency}`);
  }
  const least = leastChargeMinor(currency);
  const leftMinor = sumMinor < least ? sumMinor : 0;
  const line = (amountMinor: number, description: string): CarriedLine[] =>
    amountMinor === 0 ? [] : [carriedLine(period, currency, amountMinor, description)];
  return {
    lines: [
      ...line(carriedMinor, carriedMinor < 0 ? 'Credit from earlier invoices' : 'Carried over from earlier invoices'),
      ...lines,
      ...line(
        -leftMinor,
        leftMinor < 0
          ? 'Credit carried over to the next invoice'
          : `Carried over to the next invoice: less than ${fromMinor(least, currency)} ${currency}, the least that is charged`,
      ),
    ],
    totalMinor: sumMinor - leftMinor,
    carriedMinor: leftMinor,
  };
}

const carriedLine = (
  { from, to }: { from: Date; to: Date },
  currency: string,
  amountMinor: number,
  description: string,
): CarriedLine => ({
  kind: 'carried',
  description,
  from,
  to,
  periodStart: from,
  parts: [],
  exact: new Exact(fromMinor(amountMinor, currency)),
  amountMinor,
});
