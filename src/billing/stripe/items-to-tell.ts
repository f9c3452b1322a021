import type Stripe from 'stripe';
import { type InvoiceLineView, type InvoiceView } from '../invoices/invoice-contracts';
import { unitPriceWords } from '../ui/line-words';

/** What one item of an invoice at Stripe says. */
export interface ItemToTell {
  /** Unique, of our ids. */
  effect: string;
  params: Required<Pick<Stripe.InvoiceItemCreateParams, 'amount' | 'currency' | 'description' | 'period'>> & {
    metadata: Record<string, string>;
  };
}

interface Options {
  /** Items that there is room for. */
  most: number;
  /** Whether an item may be negative; where Stripe computes taxes it may not. */
  negative: boolean;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
}

/** Longer texts are cut, which the page of the invoice is not. */
const LONGEST_DESCRIPTION = 500;

/**
 * An invoice as items for Stripe: one per line, with our rounded amount, so that Stripe's total is ours by construction. Where
 * there is no room for all of them, or one of them may not be negative, one per metric, which names the page of the invoice instead
 * of the events; where that does not do either, one over all, which is never negative.
 */
export function itemsToTell(invoice: InvoiceView, { most, negative, appUrl }: Options): ItemToTell[] {
  const page = `${appUrl}/billing/invoices/${invoice.id}`;
  const fits = (sums: number[]) => sums.length <= most && (negative || sums.every((sum) => sum >= 0));
  if (fits(invoice.lines.map((line) => line.amount_minor))) {
    return invoice.lines.map((line) =>
      itemOf(invoice, [line], `line/${line.id}`, {
        description: [line.description, unitPriceWords(line, invoice.currency)].filter(Boolean).join(' · '),
        metadata: {
          tollgate_line: line.id,
          tollgate_evidence: line.evidence ? `${appUrl}/api/v1/invoices/${invoice.id}/lines/${line.id}/events` : page,
        },
      }),
    );
  }
  const groups = new Map<string, InvoiceLineView[]>();
  for (const line of invoice.lines) {
    const name = line.metric ?? line.kind;
    groups.set(name, [...(groups.get(name) ?? []), line]);
  }
  const told: [string, InvoiceLineView[]][] = fits([...groups.values()].map(sumOf))
    ? [...groups]
    : [['all', invoice.lines]];
  return told.map(([name, lines]) =>
    itemOf(invoice, lines, `sum/${name}`, {
      description: `${name}: ${lines.length} lines, see ${page}`,
      metadata: { tollgate_lines: String(lines.length), tollgate_evidence: page },
    }),
  );
}

function itemOf(
  { id, currency }: InvoiceView,
  lines: readonly InvoiceLineView[],
  name: string,
  { description, metadata }: { description: string; metadata: Record<string, string> },
): ItemToTell {
  const effect = `invoice/${id}/${name}`;
  return {
    effect,
    params: {
      amount: sumOf(lines),
      currency: currency.toLowerCase(),
      description: description.slice(0, LONGEST_DESCRIPTION),
      period: periodOf(lines),
      metadata: { tollgate_invoice: id, tollgate_effect: effect, ...metadata },
    },
  };
}

const sumOf = (lines: readonly InvoiceLineView[]): number => lines.reduce((sum, line) => sum + line.amount_minor, 0);

/** Ours is half-open; of Stripe's the last second is a part. */
function periodOf(lines: readonly InvoiceLineView[]): { start: number; end: number } {
  const start = Math.floor(Math.min(...lines.map(({ from }) => Date.parse(from))) / 1000);
  const end = Math.ceil(Math.max(...lines.map(({ to }) => Date.parse(to))) / 1000) - 1;
  return { start, end: Math.max(start, end) };
}
