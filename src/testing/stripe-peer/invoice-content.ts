import type Stripe from 'stripe';
import { type PeerWorld, idOf } from './peer-world';
import { invalidRequest } from './stripe-error';
import { taxLine, totalTaxes } from './taxes';

/** Lines that an invoice can have. */
const MOST_LINES = 250;
/** Lines that an answer shows; the rest is read page by page. */
const SHOWN_LINES = 10;

/** Seconds that a draft with `auto_advance` waits before it is finalized by itself. */
export const FINALIZATION_GRACE = 3600;

/** Makes an empty draft and emits nothing: its lines come first. */
export function newDraft(
  world: PeerWorld,
  customer: Stripe.Customer,
  fields: Pick<Stripe.Invoice, 'currency'> & Partial<Stripe.Invoice>,
): Stripe.Invoice {
  const id = world.newId('in');
  const now = world.seconds();
  const nothing = { amount_due: 0, amount_overpaid: 0, amount_paid: 0, amount_remaining: 0, amount_shipping: 0 };
  const invoice: Stripe.Invoice = {
    id,
    object: 'invoice',
    ...nothing,
    account_country: 'US',
    account_name: null,
    account_tax_ids: null,
    application: null,
    attempt_count: 0,
    attempted: false,
    auto_advance: false,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null, provider: null, status: null },
    automatically_finalizes_at: null,
    billing_reason: 'manual',
    collection_method: 'charge_automatically',
    created: now,
    custom_fields: null,
    customer: customer.id,
    customer_account: null,
    customer_address: customer.address ?? null,
    customer_email: customer.email,
    customer_name: customer.name ?? null,
    customer_phone: customer.phone ?? null,
    customer_shipping: null,
    customer_tax_exempt: 'none',
    customer_tax_ids: [],
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    due_date: null,
    effective_at: null,
    ending_balance: null,
    footer: null,
    from_invoice: null,
    hosted_invoice_url: null,
    invoice_pdf: null,
    issuer: { type: 'self' },
    last_finalization_error: null,
    latest_revision: null,
    lines: { object: 'list', data: [], has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    next_payment_attempt: null,
    number: null,
    on_behalf_of: null,
    parent: null,
    payment_settings: { default_mandate: null, payment_method_options: null, payment_method_types: null },
    period_end: now,
    period_start: now,
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    rendering: null,
    shipping_cost: null,
    shipping_details: null,
    starting_balance: 0,
    statement_descriptor: null,
    status: 'draft',
    status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
    subtotal: 0,
    subtotal_excluding_tax: 0,
    test_clock: null,
    total: 0,
    total_discount_amounts: [],
    total_excluding_tax: 0,
    total_pretax_credit_amounts: [],
    total_taxes: [],
    webhooks_delivered_at: null,
    ...fields,
  };
  world.lines.set(id, []);
  return world.invoices.add(invoice);
}

/** @throws StripePeerError `invoice_not_editable` unless the invoice is a draft */
export function assertDraft(invoice: Stripe.Invoice): void {
  if (invoice.status === 'draft') return;
  throw invalidRequest(
    `Finalized invoices can't be updated in this way: ${invoice.id}`,
    'invoice_not_editable',
    'invoice',
  );
}

export function linesOf(world: PeerWorld, invoice: Stripe.Invoice): Stripe.InvoiceLineItem[] {
  return world.lines.get(invoice.id) ?? [];
}

/** What an item becomes on an invoice, or what a subscription's price does. */
export function newLine(
  world: PeerWorld,
  fields: Pick<Stripe.InvoiceLineItem, 'amount' | 'currency' | 'period'> & Partial<Stripe.InvoiceLineItem>,
): Stripe.InvoiceLineItem {
  return {
    id: world.newId('il'),
    object: 'line_item',
    description: null,
    discount_amounts: [],
    discountable: true,
    discounts: [],
    invoice: null,
    livemode: false,
    metadata: {},
    parent: null,
    pretax_credit_amounts: [],
    pricing: null,
    quantity: 1,
    quantity_decimal: null,
    subscription: null,
    subtotal: fields.amount,
    taxes: [],
    ...fields,
  };
}

/** @throws StripePeerError 400 where the invoice has 250 lines already */
export function addLine(world: PeerWorld, invoice: Stripe.Invoice, line: Stripe.InvoiceLineItem): void {
  const lines = linesOf(world, invoice);
  if (lines.length >= MOST_LINES) {
    throw invalidRequest(`An invoice can have up to ${MOST_LINES} line items: ${invoice.id}`, undefined, 'invoice');
  }
  line.invoice = invoice.id;
  lines.push(line);
  recount(world, invoice);
}

/** Brings totals and shown lines up to what the lines are. */
export function recount(world: PeerWorld, invoice: Stripe.Invoice): void {
  const lines = linesOf(world, invoice);
  for (const line of lines) taxLine(world, invoice, line);
  const subtotal = lines.reduce((sum, line) => sum + line.amount, 0);
  invoice.total_taxes = totalTaxes(invoice, lines);
  const total = subtotal + invoice.total_taxes.reduce((sum, { amount }) => sum + amount, 0);
  invoice.subtotal = invoice.subtotal_excluding_tax = invoice.total_excluding_tax = subtotal;
  invoice.total = total;
  invoice.amount_due = invoice.amount_remaining = Math.max(0, total);
  invoice.lines.data = lines.slice(0, SHOWN_LINES);
  invoice.lines.has_more = lines.length > SHOWN_LINES;
}

/** Puts a pending item on a draft. */
export function attachItem(world: PeerWorld, invoice: Stripe.Invoice, item: Stripe.InvoiceItem): void {
  assertDraft(invoice);
  const subscription = item.parent?.subscription_details?.subscription ?? null;
  const line = newLine(world, {
    amount: item.amount,
    currency: item.currency,
    description: item.description,
    metadata: { ...item.metadata },
    period: { ...item.period },
    parent: {
      type: 'invoice_item_details',
      subscription_item_details: null,
      invoice_item_details: {
        invoice_item: item.id,
        proration: false,
        proration_details: { credited_items: null },
        subscription,
      },
    },
    subscription,
  });
  addLine(world, invoice, line);
  item.invoice = invoice.id;
}

/** Items of a customer that are on no invoice: of one subscription and those of none, which any invoice sweeps up. */
export function pendingItems(
  world: PeerWorld,
  customer: string,
  currency: string,
  subscription: string | null,
): Stripe.InvoiceItem[] {
  return world.invoiceItems.all().filter((item) => {
    const of = item.parent?.subscription_details?.subscription ?? null;
    const mine = idOf(item.customer) === customer && item.currency === currency && item.invoice === null;
    return mine && (of === null || of === subscription);
  });
}
