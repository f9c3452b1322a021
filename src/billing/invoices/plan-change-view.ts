import { fromMinor } from '@/kernel/money';
import { type PlanVersion } from '@/plans/contracts';
import { type PlanChangePreview } from './plan-change-contracts';
import { type InvoicePreview } from './preview-invoice';

/** What a change of plan would cost, as programs and pages read it. */
export function planChangePreviewOf({
  plan,
  effectiveAt,
  present,
  changed,
  graceMs,
}: {
  plan: PlanVersion;
  effectiveAt: Date;
  /** The running period as it is. */
  present: InvoicePreview;
  /** The same with the change made. */
  changed: InvoicePreview;
  graceMs: number;
}): PlanChangePreview {
  const { period, projected } = changed;
  const { currency } = projected;
  const money = (minor: number) => fromMinor(minor, currency);
  const fees = projected.lines.flatMap(({ line }) => (line.kind === 'plan' ? [line] : []));
  return {
    plan: plan.planKey,
    currency,
    effective_at: effectiveAt.toISOString(),
    at_once: effectiveAt < period.to,
    due_now: money(0),
    next_invoice: {
      issued_from: new Date(period.to.getTime() + graceMs).toISOString(),
      fees: fees.map(({ description, amountMinor }) => ({ description, amount: money(amountMinor) })),
      fees_total: money(fees.reduce((sum, { amountMinor }) => sum + amountMinor, 0)),
      projected_total: money(projected.totalMinor),
      projected_total_without: fromMinor(present.projected.totalMinor, present.projected.currency),
    },
    price: fromMinor(plan.priceMinor, plan.currency),
  };
}
