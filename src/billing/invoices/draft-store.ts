import { type PoolClient } from 'pg';
import { newId } from '@/kernel/ids';
import { type LineDraft } from '../period/line-draft';
import { type LineEvidence } from './measured-period';

/** How an invoice is paid: by one of its own at Stripe, with the next one of a Stripe subscription, or outside of Stripe. */
export type Collection = 'stripe_invoice' | 'stripe_subscription' | 'manual';

export interface InvoiceDraft {
  organizationId: string;
  period: { from: Date; to: Date };
  collection: Collection;
  currency: string;
  subtotalMinor: number;
  draftedAt: Date;
  lines: readonly { line: LineDraft; evidence: LineEvidence | null }[];
}

const LINES = `
  insert into invoice_lines (
    id, invoice_id, organization_id, position, kind, description, from_at, to_at, period_start, plan_version_id, metric, unit, quantity, quantity_before,
    included, overage_limit, price, days, of_days, parts, billed_minor, exact_amount, amount_minor, stored_through, events
  )
  select l.id, $1, $2, l.position, l.kind, left(l.description, 500), l.from_at, l.to_at, l.period_start, l.plan_version_id, l.metric, l.unit, l.quantity,
    l.quantity_before, l.included, l.overage_limit, l.price, l.days, l.of_days, l.parts, l.billed_minor, l.exact_amount, l.amount_minor, l.stored_through, l.events
  from jsonb_to_recordset($3) l (
    id uuid, position integer, kind text, description text, from_at timestamptz, to_at timestamptz, period_start timestamptz, plan_version_id uuid, metric text,
    unit text, quantity numeric, quantity_before numeric, included numeric, overage_limit numeric, price jsonb, days integer, of_days integer, parts jsonb,
    billed_minor bigint, exact_amount numeric, amount_minor bigint, stored_through timestamptz, events bigint
  )`;

/** Writes a draft with its lines. @returns its id. @throws the unique violation of a period that was billed before. */
export async function insertDraft(client: PoolClient, draft: InvoiceDraft): Promise<string> {
  const { organizationId, period, collection, currency, subtotalMinor, draftedAt } = draft;
  const id = newId();
  await client.query(
    `insert into invoices (id, organization_id, kind, period_start, period_end, collection, currency, subtotal_minor, total_minor, drafted_at)
     values ($1, $2, 'period', $3, $4, $5, $6, $7, $7, $8)`,
    [id, organizationId, period.from, period.to, collection, currency, subtotalMinor, draftedAt],
  );
  const lines = draft.lines.map(({ line, evidence }, place) => ({
    id: newId(),
    position: place + 1,
    ...lineRow(line, evidence),
  }));
  await client.query(LINES, [id, organizationId, JSON.stringify(lines)]);
  return id;
}

function lineRow(line: LineDraft, evidence: LineEvidence | null) {
  const common = {
    kind: line.kind,
    description: line.description,
    from_at: line.from,
    to_at: line.to,
    period_start: line.periodStart,
    parts: line.parts.map(({ kind, quantity, unitPrice, flatAmount, amount }) => ({
      kind,
      quantity: quantity.toFixed(),
      unit_price: unitPrice?.toFixed() ?? null,
      flat_amount: flatAmount.toFixed(),
      amount: amount.toFixed(),
    })),
    exact_amount: line.exact.toFixed(),
    amount_minor: line.amountMinor,
    stored_through: evidence?.storedThrough,
    events: evidence?.events,
  };
  if (line.kind === 'carried') return common;
  const share = { plan_version_id: line.planVersionId, days: line.days, of_days: line.ofDays };
  if (line.kind === 'plan') return { ...common, ...share };
  return {
    ...common,
    ...share,
    metric: line.metric,
    unit: line.unit,
    quantity: line.quantity.toFixed(),
    quantity_before: line.quantityBefore.toFixed(),
    included: line.included?.toFixed() ?? null,
    overage_limit: line.overageLimit,
    price: line.price,
    billed_minor: line.kind === 'adjustment' ? line.billedMinor : null,
  };
}
