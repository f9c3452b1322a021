import { AppError } from '@/kernel/errors';
import { shareOut } from '@/rating';

/** A line of an invoice with what earlier credit notes left of it, taxes included, in minor units. Negative of a credit. */
export interface CreditableLine {
  id: string;
  leftMinor: number;
}

export interface CreditShare {
  lineId: string;
  amountMinor: number;
}

/**
 * The lines of a credit note. One over everything that is left takes back each line as it is, those below 0 too; one over less is
 * shared out over the lines above 0, or the chosen ones of them, by what is left of each (largest remainder).
 * E.g. 10.00 over lines of 30.00, 10.00 and −5.00 is 7.50 and 2.50.
 * @param amountMinor above 0.
 * @param chosen ids of lines; null is all.
 * @throws AppError invalid_request for a line that is not of the invoice, and for more than is left of the lines.
 */
export function shareCredit(
  amountMinor: number,
  lines: readonly CreditableLine[],
  chosen: readonly string[] | null,
): CreditShare[] {
  const unknown = chosen?.findIndex((id) => !lines.some((line) => line.id === id)) ?? -1;
  if (unknown !== -1) throw refusal(`lines.${unknown}`, 'expected a line of the invoice');
  const sumMinor = lines.reduce((sum, { leftMinor }) => sum + leftMinor, 0);
  const named = (amounts: readonly number[], of: readonly CreditableLine[]): CreditShare[] =>
    of.flatMap(({ id }, place) => (amounts[place] === 0 ? [] : [{ lineId: id, amountMinor: amounts[place]! }]));
  if (chosen === null && amountMinor === sumMinor)
    return named(
      lines.map(({ leftMinor }) => leftMinor),
      lines,
    );

  const charged = lines.filter(({ id, leftMinor }) => leftMinor > 0 && (chosen === null || chosen.includes(id)));
  const leftMinor = charged.reduce((sum, line) => sum + line.leftMinor, 0);
  if (amountMinor > leftMinor) {
    throw refusal(
      'amount',
      `expected at most ${leftMinor} minor units, which is left of the lines, received ${amountMinor}`,
    );
  }
  return named(
    shareOut(
      amountMinor,
      charged.map((line) => line.leftMinor),
    ),
    charged,
  );
}

const refusal = (field: string, message: string) =>
  new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });
