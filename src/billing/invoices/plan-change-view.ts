import { fromMinor } from '@/kernel/money';
import { type PlanVersion } from '@/plans/contracts';
import { describeAdvance } from '../period/describe-line';
import { type PlanCharge } from '../stripe/payments/charge-for-change';
import { type PlanChangePreview } from './plan-change-contracts';
import { type InvoicePreview } from './preview-invoice';

/** What a change of plan would cost, as programs and pages read it. */
export function planChangePreviewOf({
  plan,
  effectiveAt,
  charge,
  present,
  advanceWithout,
  changed,
  advance,
  graceMs,
}: {
  plan: PlanVersion;
  effectiveAt: Date;
  /** What Stripe charges for it; null: nothing. */
  charge: PlanCharge | null;
  /** The running period as it is. */
  present: InvoicePreview;
  /** The plan that Stripe charges in advance for the period after it. */
  advanceWithout: PlanVersion | null;
  /** The same two with the change made. */
  changed: InvoicePreview;
  advance: PlanVersion | null;
  graceMs: number;
}): PlanChangePreview {
  const { period, projected } = changed;
  const { currency } = projected;
  const money = (minor: number) => fromMinor(minor, currency);
  const fees = [
    ...projected.lines.flatMap(({ line }) => (line.kind === 'plan' ? [line] : [])),
    ...(advance ? [{ description: describeAdvance(advance, period.to), amountMinor: advance.priceMinor }] : []),
  ];
  return {
    plan: plan.planKey,
    currency,
    effective_at: effectiveAt.toISOString(),
    at_once: effectiveAt < period.to,
    payment: charge?.by ?? 'with_invoices',
    due_now: money(charge?.dueNowMinor ?? 0),
    next_invoice: {
      issued_from: new Date(period.to.getTime() + graceMs).toISOString(),
      fees: fees.map(({ description, amountMinor }) => ({ description, amount: money(amountMinor) })),
      fees_total: money(fees.reduce((sum, { amountMinor }) => sum + amountMinor, 0)),
      projected_total: money(projected.totalMinor + (advance?.priceMinor ?? 0)),
      projected_total_without: fromMinor(
        present.projected.totalMinor + (advanceWithout?.priceMinor ?? 0),
        present.projected.currency,
      ),
    },
    price: fromMinor(plan.priceMinor, plan.currency),
  };
}
