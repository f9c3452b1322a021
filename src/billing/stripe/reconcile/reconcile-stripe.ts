/**
 * Compares every invoice, line, credit note and payment with Stripe, to the cent. Reads only: lists, page by page, since Stripe's
 * search lags behind.
 */
import { type Pool } from 'pg';
import type Stripe from 'stripe';
import { type StripeClient } from '../stripe-client';
import { compareCreditNotes } from './compare-credit-notes';
import { compareInvoice, compareLists, doubledLines, effectOf } from './compare-invoices';
import { type Difference, doubled } from './difference';
import { readOurSide } from './our-side';
import { idOfObject } from '../id-of-object';

export interface Reconciliation {
  /** How many of each were compared. */
  invoices: number;
  lines: number;
  creditNotes: number;
  payments: number;
  differences: Difference[];
}

interface Options {
  pool: Pool;
  client: StripeClient;
  /** Invoices that were finalized from then on. */
  since: Date;
  onProgress?: (compared: number, of: number) => void;
}

/** What was made here may have been made at Stripe a little earlier by its clock, or later when it was told late. */
const MARGIN_S = 86_400;
const LIVE: readonly string[] = ['active', 'trialing', 'past_due', 'unpaid'];

/** @throws StripeFailure where Stripe does not answer. */
export async function reconcileStripe({ pool, client, since, onProgress }: Options): Promise<Reconciliation> {
  const ours = await readOurSide(pool, since);
  const created = { gte: Math.max(0, Math.floor(since.getTime() / 1000) - MARGIN_S) };
  const theirs = await client.list('invoice', (sdk, paging) => sdk.invoices.list({ created, ...paging }));
  const creditNotes = await client.list('credit_note', (sdk, paging) => sdk.creditNotes.list(paging));
  const subscriptions = await client.list('subscription', (sdk, paging) => sdk.subscriptions.list(paging));

  const byId = new Map(theirs.map((invoice) => [invoice.id, invoice]));
  const differences = compareLists(ours.invoices, theirs, ours.customers);
  const linesBy = new Map<string, Stripe.InvoiceLineItem[]>();
  for (const invoice of theirs) {
    if (invoice.status !== 'void' && ours.customers.has(idOfObject(invoice.customer) ?? ''))
      linesBy.set(invoice.id, await linesOf(client, invoice));
  }
  const lines = [...linesBy.values()].flat();
  const lineOf = new Map(
    lines.flatMap((line) => {
      const effect = effectOf(line);
      return effect === null ? [] : [[effect, line] as const];
    }),
  );
  differences.push(...doubledLines(lines));
  const counted = { lines: 0, payments: 0 };
  let compared = 0;
  for (const invoice of ours.invoices) {
    onProgress?.(compared, ours.invoices.length);
    compared += 1;
    const there = invoice.stripeId === null ? undefined : byId.get(invoice.stripeId);
    if (!there) continue;
    const onIt = linesBy.get(there.id) ?? [];
    const payments = await paymentsOf(client, there);
    counted.lines += onIt.length;
    counted.payments += payments.length;
    const items = ours.items.filter(({ invoiceId }) => invoiceId === invoice.id);
    differences.push(...compareInvoice({ invoice, items }, { invoice: there, lines: onIt, payments, lineOf }));
  }
  const stripeIdOf = new Map(ours.invoices.flatMap(({ id, stripeId }) => (stripeId ? [[id, stripeId] as const] : [])));
  const voided = new Set(theirs.filter(({ status }) => status === 'void' || status === 'draft').map(({ id }) => id));
  differences.push(...compareCreditNotes(ours.creditNotes, creditNotes, { stripeIdOf, voided }));
  differences.push(...twoSubscriptions(subscriptions, ours.customers));
  differences.push(...ours.unfinished.map((open) => ({ kind: 'unfinished' as const, ...open })));
  return { invoices: ours.invoices.length, creditNotes: ours.creditNotes.length, ...counted, differences };
}

const linesOf = (
  client: StripeClient,
  { id, lines }: Stripe.Invoice,
): Promise<Stripe.InvoiceLineItem[]> | Stripe.InvoiceLineItem[] =>
  lines.has_more ? client.list('line_item', (sdk, paging) => sdk.invoices.listLineItems(id, paging)) : lines.data;

const paymentsOf = (client: StripeClient, { id }: Stripe.Invoice): Promise<Stripe.InvoicePayment[]> =>
  client.list('invoice_payment', (sdk, paging) => sdk.invoicePayments.list({ invoice: id, ...paging }));

function twoSubscriptions(subscriptions: readonly Stripe.Subscription[], customers: ReadonlySet<string>): Difference[] {
  const customerOf = ({ customer }: Stripe.Subscription) => idOfObject(customer);
  const running = subscriptions.filter((one) => LIVE.includes(one.status) && customers.has(customerOf(one)));
  return doubled(running, customerOf).map(([customer, same]) => ({
    kind: 'double',
    about: `subscriptions of ${customer}`,
    detail: `${same.length} run at Stripe: ${same.map(({ id }) => id).join(', ')}`,
  }));
}
