import type Stripe from 'stripe';
import { type Difference, doubled, money } from './difference';
import { type OurInvoice, type OurItem } from './our-side';
import { idOfObject } from '../id-of-object';

/** An invoice at Stripe, with all its lines and what was paid of it. */
export interface TheirInvoice {
  invoice: Stripe.Invoice;
  lines: Stripe.InvoiceLineItem[];
  payments: Stripe.InvoicePayment[];
  /** Lines of all invoices at Stripe by the effect that made them. */
  lineOf: ReadonlyMap<string, Stripe.InvoiceLineItem>;
}

type Our = { invoice: OurInvoice; items: OurItem[] };

/** Statuses at Stripe that agree with ours. */
const AGREEING: Record<OurInvoice['status'], readonly string[]> = {
  // On its way: as far as it has come.
  finalized: ['draft', 'open', 'paid'],
  sent: ['open', 'draft'],
  paid: ['paid'],
  payment_failed: ['open', 'uncollectible'],
  // A draft that was voided here on its way never becomes final.
  void: ['void', 'draft'],
};

export const effectOf = ({ metadata }: { metadata: Stripe.Metadata | null }): string | null =>
  metadata?.['tollgate_effect'] ?? null;

/** One invoice of ours against the one at Stripe that collects it. */
export function compareInvoice({ invoice: ours, items }: Our, theirs: TheirInvoice): Difference[] {
  const about = `invoice ${ours.name} (${theirs.invoice.id})`;
  // What is void asks for nothing.
  if (theirs.invoice.status === 'void' || (ours.status === 'void' && theirs.invoice.status === 'draft'))
    return compareStatus(ours, theirs.invoice, about);
  return [
    ...compareStatus(ours, theirs.invoice, about),
    ...compareTotal(ours, theirs, about),
    ...compareTaxes(ours, items, theirs, about),
    ...compareLines(ours, items, theirs, about),
    ...comparePayment(ours, theirs, about),
  ];
}

function compareStatus(ours: OurInvoice, theirs: Stripe.Invoice, about: string): Difference[] {
  const status = theirs.status ?? 'unknown';
  if (AGREEING[ours.status].includes(status)) return [];
  // Voided here by credit notes over the whole, which leave what was paid there, and a subscription's other lines, paid.
  if (ours.status === 'void' && ours.totalMinor <= credited(theirs)) return [];
  return [{ kind: 'status', about, detail: `${ours.status} here, ${status} at Stripe` }];
}

const credited = (invoice: Stripe.Invoice): number =>
  invoice.pre_payment_credit_notes_amount + invoice.post_payment_credit_notes_amount;

/** Of a subscription's invoice, which carries its own fee as well, only our lines count. */
function compareTotal(ours: OurInvoice, { invoice, lines }: TheirInvoice, about: string): Difference[] {
  const isOwn = ours.collection === 'stripe_invoice';
  const there = isOwn ? invoice.total - taxOf(invoice) : null;
  const found: Difference[] = [];
  if (there !== null && there !== ours.subtotalMinor) {
    found.push(amount(`${about} before taxes`, ours.subtotalMinor, there, ours.currency));
  }
  if (invoice.currency.toUpperCase() !== ours.currency) {
    found.push({ kind: 'amount', about, detail: `${ours.currency} here, ${invoice.currency.toUpperCase()} at Stripe` });
  }
  const summed = lines.reduce((sum, line) => sum + line.amount, 0);
  if (invoice.subtotal !== summed)
    found.push(amount(`${about} lines at Stripe`, summed, invoice.subtotal, ours.currency));
  return found;
}

/** Taxes come back once all of it was told: those of its own invoice, or those of our lines on a subscription's. */
function compareTaxes(
  ours: OurInvoice,
  items: OurItem[],
  { invoice, lineOf }: TheirInvoice,
  about: string,
): Difference[] {
  if (ours.status === 'finalized') return [];
  const there =
    ours.collection === 'stripe_invoice'
      ? taxOf(invoice)
      : items.reduce((sum, { effect }) => sum + addedTax(lineOf.get(effect)?.taxes), 0);
  return there === ours.taxMinor ? [] : [amount(`${about} taxes`, ours.taxMinor, there, ours.currency)];
}

const taxOf = (invoice: Stripe.Invoice): number => addedTax(invoice.total_taxes);
const addedTax = (taxes: readonly { amount: number; tax_behavior: string }[] | null | undefined): number =>
  (taxes ?? []).reduce((sum, tax) => sum + (tax.tax_behavior === 'inclusive' ? 0 : tax.amount), 0);

const amount = (about: string, here: number, there: number, currency: string): Difference => ({
  kind: 'amount',
  about,
  detail: `${money(here, currency)} here, ${money(there, currency)} at Stripe`,
});

function compareLines(
  ours: OurInvoice,
  items: OurItem[],
  { lines, lineOf }: TheirInvoice,
  about: string,
): Difference[] {
  const found: Difference[] = [];
  const known = new Set(items.map(({ effect }) => effect));
  for (const { effect, amountMinor } of items) {
    // An item for a subscription may have missed one of its invoices and come onto the next.
    const line = lineOf.get(effect);
    const name = `line ${effect} of ${about}`;
    if (!line) found.push({ kind: 'missing_there', about: name, detail: 'on no invoice at Stripe' });
    else if (line.amount !== amountMinor) found.push(amount(name, amountMinor ?? 0, line.amount, ours.currency));
  }
  const sent = items.reduce((sum, { amountMinor }) => sum + (amountMinor ?? 0), 0);
  if (sent !== ours.subtotalMinor) found.push(amount(`lines of ${about}`, ours.subtotalMinor, sent, ours.currency));
  for (const line of lines) {
    const effect = effectOf(line);
    const isOurs = effect !== null && known.has(effect);
    const claimsToBe = ours.collection === 'stripe_invoice' || (effect?.startsWith(`invoice/${ours.id}/`) ?? false);
    if (claimsToBe && !isOurs) {
      const detail = `${money(line.amount, line.currency)} at Stripe, by nobody here`;
      found.push({ kind: 'missing_here', about: `line ${line.id} of ${about}`, detail });
    }
  }
  return found;
}

/** Lines that Stripe has more than once. */
export function doubledLines(lines: readonly Stripe.InvoiceLineItem[]): Difference[] {
  return doubled(lines, effectOf).map(([effect, same]) => ({
    kind: 'double',
    about: `line ${effect}`,
    detail: `${same.length} times at Stripe: ${same.map(({ id, invoice }) => `${id} on ${invoice}`).join(', ')}`,
  }));
}

/** What was paid there is what was to be paid, unless the customer's balance or a credit note took a part. */
function comparePayment(ours: OurInvoice, { invoice, payments }: TheirInvoice, about: string): Difference[] {
  if (invoice.status !== 'paid') return [];
  const paid = payments.reduce((sum, { status, amount_paid: part }) => sum + (status === 'paid' ? (part ?? 0) : 0), 0);
  const found: Difference[] = [];
  const due = invoice.total - invoice.pre_payment_credit_notes_amount;
  if (invoice.amount_paid !== due) found.push(amount(`payment of ${about}`, due, invoice.amount_paid, ours.currency));
  // Paid outside of Stripe: then no payment says so.
  if (paid > 0 && paid !== invoice.amount_paid)
    found.push(amount(`payments of ${about}`, invoice.amount_paid, paid, ours.currency));
  return found;
}

/** Invoices of ours that Stripe does not have, and the other way round; and those that are there twice. */
export function compareLists(
  ours: readonly OurInvoice[],
  theirs: readonly Stripe.Invoice[],
  customers: ReadonlySet<string>,
): Difference[] {
  const found: Difference[] = [];
  const there = new Set(theirs.map(({ id }) => id));
  const here = new Set(ours.flatMap(({ stripeId }) => stripeId ?? []));
  for (const { name, status, stripeId } of ours) {
    // Voided before it was handed over, it never comes to Stripe.
    if (stripeId === null && status === 'void') continue;
    if (stripeId === null)
      found.push({ kind: 'missing_there', about: `invoice ${name}`, detail: `${status} here, not handed over` });
    else if (!there.has(stripeId))
      found.push({
        kind: 'missing_there',
        about: `invoice ${name} (${stripeId})`,
        detail: 'Stripe has no such invoice',
      });
  }
  for (const [effect, same] of doubled(theirs, (invoice) => (invoice.status === 'void' ? null : effectOf(invoice)))) {
    found.push({
      kind: 'double',
      about: `invoice of ${effect}`,
      detail: `${same.length} times at Stripe: ${same.map(({ id }) => id).join(', ')}`,
    });
  }
  for (const invoice of theirs) {
    if (here.has(invoice.id) || isSubscriptions(invoice)) continue;
    const customer = idOfObject(invoice.customer) ?? '';
    if (!customers.has(customer) || invoice.total === 0 || invoice.status === 'void') continue;
    found.push({
      kind: 'missing_here',
      about: `invoice ${invoice.number ?? invoice.id} (${invoice.id})`,
      detail: `${money(invoice.total, invoice.currency)} at Stripe, by nobody here`,
    });
  }
  return found;
}

/** What Stripe charges for a plan has no invoice here unless our lines are on it. */
const isSubscriptions = (invoice: Stripe.Invoice): boolean => invoice.parent?.subscription_details != null;
