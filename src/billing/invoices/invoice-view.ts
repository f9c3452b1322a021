import { fromMinor } from '@/kernel/money';
import { type InvoiceLineView, invoiceLineView, type InvoiceSummary, type InvoiceView } from './invoice-contracts';
import { type InvoiceRow, type LineRow } from './invoice-rows';

/** An invoice without its lines, as it is told. */
export function invoiceSummaryOf({ seller: _seller, bill_to: _billTo, ...row }: InvoiceRow): InvoiceSummary {
  const money = (amountMinor: number) => fromMinor(amountMinor, row.currency);
  return {
    ...row,
    subtotal: money(row.subtotal_minor),
    tax: money(row.tax_minor),
    total: money(row.total_minor),
    credited: money(row.credited_minor),
  };
}

/** An invoice with its lines in their order, as it is told: enough to compute every amount again. */
export const invoiceViewOf = (row: InvoiceRow, lines: readonly LineRow[]): InvoiceView => ({
  ...invoiceSummaryOf(row),
  seller: row.seller,
  bill_to: row.bill_to,
  lines: lines.map((line) => lineViewOf(line, row.currency)),
});

function lineViewOf(row: LineRow, currency: string): InvoiceLineView {
  const { plan_version_id, plan_key, plan_name, plan_version, opening_at, opening_level, ...rest } = row;
  const { from_at, to_at, stored_through, events, digest_sha256, billed_minor, ...line } = rest;
  const opening = opening_at === null || opening_level === null ? null : { at: opening_at, level: opening_level };
  return invoiceLineView.parse({
    ...line,
    from: from_at,
    to: to_at,
    plan:
      plan_version_id === null
        ? null
        : { key: plan_key, name: plan_name, version: plan_version, version_id: plan_version_id },
    billed: billed_minor === null ? null : fromMinor(billed_minor, currency),
    billed_minor,
    amount: fromMinor(row.amount_minor, currency),
    tax: fromMinor(row.tax_minor, currency),
    evidence: stored_through === null ? null : { events: events ?? 0, stored_through, opening, digest_sha256 },
  });
}
