import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { Exact } from '@/rating';
import { describeAdjustment } from './describe-line';
import { type AdjustmentLine } from './line-draft';
import { type PeriodInput, usageLines } from './price-period';

/** A usage or adjustment line of the period on an earlier invoice. */
export interface BilledLine {
  metric: string;
  planVersionId: string;
  from: Date;
  /** Units that it said there were in all. */
  quantity: Decimal.Value;
  /** In major units, not rounded. */
  exact: Decimal.Value;
  amountMinor: number;
}

/**
 * What late events make of a period that was billed before: one line per metric and phase where the quantity or the money
 * differs. Its amount is what is due in all, by the pricing of the invoice on the quantities as they are now, minus what was
 * billed: in minor units, so that all lines of the period together are what one invoice would have said, to the cent. Fees do
 * not change.
 * E.g. 150 units at 0.02 were billed as 3.00; 20 more came late: 3.40 − 3.00 = 0.40. A gauge that turns out lower is a credit.
 * @param revised the period with the quantities as they are now, and the terms as they were when it was closed.
 * @param billed the lines of earlier invoices for the period, in the order in which they were issued. None: nothing was billed.
 * @throws AppError as pricePeriod does; internal where something was billed that the period does not have.
 */
export function adjustPeriod(revised: PeriodInput, billed: readonly BilledLine[]): AdjustmentLine[] {
  const earlier = new Map<string, BilledLine[]>();
  for (const line of billed) earlier.set(nameOf(line), [...(earlier.get(nameOf(line)) ?? []), line]);
  const plans = new Map(revised.phases.map(({ plan }) => [plan.id, plan.planName]));

  const lines = usageLines(revised).flatMap((due): AdjustmentLine[] => {
    const before = earlier.get(nameOf(due)) ?? [];
    earlier.delete(nameOf(due));
    const billedQuantity = new Exact(before.at(-1)?.quantity ?? 0);
    const billedMinor = before.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
    const amountMinor = due.amountMinor - billedMinor;
    if (amountMinor === 0 && due.quantity.eq(billedQuantity)) return [];
    const exact = before.reduce((left, line) => left.minus(line.exact), due.exact);
    const metric = revised.metrics.get(due.metric)!;
    const description = describeAdjustment(due, billedQuantity, metric, plans.get(due.planVersionId)!);
    return [{ ...due, kind: 'adjustment', description, exact, amountMinor, billedMinor }];
  });
  // What is left out here would be billed and never corrected.
  for (const [name] of earlier)
    throw new AppError('internal', `billed: expected lines of the period, received ${name}`);
  return lines;
}

const nameOf = ({ metric, planVersionId, from }: Pick<BilledLine, 'metric' | 'planVersionId' | 'from'>): string =>
  `${metric} under plan version ${planVersionId} from ${from.toISOString()}`;
