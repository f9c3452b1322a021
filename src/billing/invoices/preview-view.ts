import { Decimal } from 'decimal.js';
import { fromMinor } from '@/kernel/money';
import { type Metric } from '@/plans';
import { type AdjustmentLine, type LineDraft, type UsageLine } from '../period/line-draft';
import { type InvoiceLines } from './invoice-lines';
import { type UpcomingInvoice, type UpcomingInvoiceLine, type UsageOverage } from './preview-contracts';
import { type InvoicePreview } from './preview-invoice';

/** The next invoice as programs and pages read it. @param graceMs how long after its end a period waits for late events. */
export function upcomingInvoiceOf(
  organizationId: string,
  { period, soFar, projected }: InvoicePreview,
  graceMs: number,
): UpcomingInvoice {
  return {
    organization_id: organizationId,
    period: { from: period.from.toISOString(), to: period.to.toISOString() },
    issued_from: new Date(period.to.getTime() + graceMs).toISOString(),
    currency: soFar.currency,
    ...sumOf(soFar),
    projected: sumOf(projected),
  };
}

const sumOf = ({ lines, totalMinor, carriedMinor, currency }: InvoiceLines) => ({
  lines: lines.map(({ line }) => lineOf(line, currency)),
  total: fromMinor(totalMinor, currency),
  total_minor: totalMinor,
  carried_over: fromMinor(carriedMinor, currency),
});

function lineOf(line: LineDraft, currency: string): UpcomingInvoiceLine {
  const counts = line.kind === 'usage' || line.kind === 'adjustment';
  return {
    kind: line.kind,
    description: line.description,
    metric: counts ? line.metric : null,
    unit: counts ? line.unit : null,
    from: line.from.toISOString(),
    to: line.to.toISOString(),
    quantity: counts ? line.quantity.toFixed() : null,
    included: counts ? (line.included?.toFixed() ?? null) : null,
    overage: counts ? overageIn(line).toFixed() : null,
    exact_amount: line.exact.toFixed(),
    amount: fromMinor(line.amountMinor, currency),
    amount_minor: line.amountMinor,
  };
}

/** Overage by metric, of a running period. @param spendCapMinor null is no cap. */
export function usageOverageOf(
  organizationId: string,
  { period, soFar, projected }: InvoicePreview,
  { metrics, spendCapMinor }: { metrics: ReadonlyMap<string, Metric>; spendCapMinor: number | null },
): UsageOverage {
  const { currency } = soFar;
  const [now, then] = [overageByMetric(soFar), overageByMetric(projected)];
  const figures = ({ quantity, overage, amountMinor }: MetricOverage) => ({
    quantity: quantity.toFixed(),
    overage: overage.toFixed(),
    amount: fromMinor(amountMinor, currency),
  });
  const total = (overages: Map<string, MetricOverage>) =>
    fromMinor(
      [...overages.values()].reduce((sum, { amountMinor }) => sum + amountMinor, 0),
      currency,
    );
  return {
    organization_id: organizationId,
    period: { from: period.from.toISOString(), to: period.to.toISOString() },
    currency,
    data: [...now].map(([metric, overage]) => ({
      metric,
      name: metrics.get(metric)?.name ?? metric,
      unit: metrics.get(metric)?.unit ?? '',
      included: overage.included?.toFixed() ?? null,
      ...figures(overage),
      projected: figures(then.get(metric) ?? overage),
    })),
    total: total(now),
    projected_total: total(then),
    spend_cap: spendCapMinor === null ? null : fromMinor(spendCapMinor, currency),
  };
}

interface MetricOverage {
  quantity: Decimal;
  /** Of the last phase. */
  included: Decimal | null;
  overage: Decimal;
  amountMinor: number;
}

function overageByMetric({ lines }: InvoiceLines): Map<string, MetricOverage> {
  const overages = new Map<string, MetricOverage>();
  for (const { line } of lines) {
    if (line.kind !== 'usage') continue;
    const earlier = overages.get(line.metric);
    overages.set(line.metric, {
      quantity: line.quantityBefore.plus(line.quantity),
      included: line.included,
      overage: Decimal.add(earlier?.overage ?? 0, overageIn(line)),
      amountMinor: (earlier?.amountMinor ?? 0) + line.amountMinor,
    });
  }
  return overages;
}

/** Units of a line beyond what is included: those that the phases before had not used up already. */
function overageIn({ quantityBefore, quantity, included }: UsageLine | AdjustmentLine): Decimal {
  if (included === null) return new Decimal(0);
  const beyond = (units: Decimal) => Decimal.max(0, units.minus(included));
  return beyond(quantityBefore.plus(quantity)).minus(beyond(quantityBefore));
}
