import type Stripe from 'stripe';
import { type z } from 'zod';
import { endpoint } from './endpoint';
import { assertDraft } from './invoice-content';
import { attemptPayment, openPayment, settle, settlePayments } from './payments';
import { bool, paramsOf } from './params';
import { type PeerWorld, idOf } from './peer-world';
import { StripePeerError, invalidRequest } from './stripe-error';
import { assertLocated } from './taxes';

/** Least sums that are charged, in minor units; below it the sum waits in the customer's balance. */
const LEAST_CHARGE: Record<string, number> = { gbp: 30, jpy: 50, sek: 300, nok: 300, dkk: 250, chf: 50 };
const LEAST_CHARGE_OF_OTHERS = 50;
/** Eight digits. */
const MOST_CHARGED = 99_999_999;

/**
 * Makes a draft final: it gets its number, and the customer's balance is applied. A sum of nothing is paid at once, and
 * one that is too small to be charged too: it goes to the balance, as a debit of the next invoice.
 */
export function finalize(world: PeerWorld, invoice: Stripe.Invoice): Stripe.Invoice {
  assertDraft(invoice);
  assertLocated(world, invoice);
  const customer = world.customers.get(idOf(invoice.customer));
  const due = invoice.total + customer.balance;
  if (due > MOST_CHARGED) {
    throw invalidRequest(`Amount must be no more than ${MOST_CHARGED}: ${due}`, 'amount_too_large', 'invoice');
  }
  const least = LEAST_CHARGE[invoice.currency] ?? LEAST_CHARGE_OF_OTHERS;
  const charged = due >= least ? due : 0;
  invoice.starting_balance = customer.balance;
  customer.balance = invoice.ending_balance = due - charged;
  customer.currency ??= invoice.currency;
  invoice.amount_due = invoice.amount_remaining = charged;
  invoice.number ??= nextNumber(world, customer);
  invoice.status = 'open';
  invoice.automatically_finalizes_at = null;
  invoice.status_transitions.finalized_at = world.seconds();
  invoice.effective_at ??= world.seconds();
  invoice.hosted_invoice_url = `${world.origin}/pages/invoice/${invoice.id}`;
  invoice.invoice_pdf = `${world.origin}/pages/invoice/${invoice.id}`;
  world.emit('invoice.finalized', invoice);
  if (charged === 0) settle(world, invoice);
  else openPayment(world, invoice);
  if (invoice.status === 'open' && invoice.auto_advance) {
    if (invoice.collection_method === 'send_invoice') world.emit('invoice.sent', invoice);
    else invoice.next_payment_attempt = world.seconds();
  }
  return invoice;
}

function nextNumber(world: PeerWorld, customer: Stripe.Customer): string {
  customer.invoice_prefix ??= customer.id.slice(-8).toUpperCase();
  customer.next_invoice_sequence ??= 1;
  const number = `${customer.invoice_prefix}-${String(customer.next_invoice_sequence).padStart(4, '0')}`;
  customer.next_invoice_sequence += 1;
  const taken = world.invoices.all().some((invoice) => invoice.number === number);
  return taken ? nextNumber(world, customer) : number;
}

const payParams = paramsOf<Stripe.InvoicePayParams>()({
  paid_out_of_band: bool.optional(),
  off_session: bool.optional(),
});

function pay(world: PeerWorld, input: z.output<typeof payParams>, id: string): Stripe.Invoice {
  const invoice = world.invoices.get(id, 'invoice');
  if (invoice.status === 'paid') throw invalidRequest('Invoice is already paid', 'invoice_already_paid');
  assertIn(invoice, ['open', 'uncollectible'], 'pay');
  if (input.paid_out_of_band) {
    settle(world, invoice);
    return invoice;
  }
  const outcome = attemptPayment(world, invoice);
  if (outcome === 'succeeds') return invoice;
  const code = outcome === 'fails' ? 'card_declined' : 'invoice_payment_intent_requires_action';
  const message = outcome === 'fails' ? 'Your card was declined.' : 'This payment requires additional user action.';
  throw new StripePeerError(402, { type: 'card_error', code, message });
}

export function voidInvoice(world: PeerWorld, id: string): Stripe.Invoice {
  const invoice = world.invoices.get(id, 'invoice');
  assertIn(invoice, ['open', 'uncollectible'], 'void');
  invoice.status = 'void';
  invoice.next_payment_attempt = null;
  invoice.amount_remaining = 0;
  invoice.status_transitions.voided_at = world.seconds();
  settlePayments(world, invoice, 'canceled');
  world.emit('invoice.voided', invoice);
  return invoice;
}

function markUncollectible(world: PeerWorld, id: string): Stripe.Invoice {
  const invoice = world.invoices.get(id, 'invoice');
  assertIn(invoice, ['open'], 'mark uncollectible');
  invoice.status = 'uncollectible';
  invoice.next_payment_attempt = null;
  invoice.status_transitions.marked_uncollectible_at = world.seconds();
  world.emit('invoice.marked_uncollectible', invoice);
  return invoice;
}

/** Sending a draft finalizes it first. */
function send(world: PeerWorld, id: string): Stripe.Invoice {
  const invoice = world.invoices.get(id, 'invoice');
  if (invoice.collection_method !== 'send_invoice') {
    throw invalidRequest('Only invoices with collection_method send_invoice can be sent', undefined, 'invoice');
  }
  if (invoice.status === 'draft') finalize(world, invoice);
  world.emit('invoice.sent', invoice);
  return invoice;
}

function assertIn(invoice: Stripe.Invoice, statuses: string[], verb: string): void {
  if (statuses.includes(invoice.status ?? '')) return;
  const message = `You can only ${verb} invoices that are ${statuses.join(' or ')}; ${invoice.id} is ${invoice.status}`;
  throw invalidRequest(message, 'status_transition_invalid', 'invoice');
}

const nothing = paramsOf<object>()({});
const finalizeParams = paramsOf<Stripe.InvoiceFinalizeInvoiceParams>()({ auto_advance: bool.optional() });

export const invoiceLifeEndpoints = [
  endpoint('POST /v1/invoices/:id/finalize', finalizeParams, (world, input, id): Stripe.Invoice => {
    const invoice = world.invoices.get(id, 'invoice');
    assertDraft(invoice);
    if (input.auto_advance !== undefined) invoice.auto_advance = input.auto_advance;
    return finalize(world, invoice);
  }),
  endpoint('POST /v1/invoices/:id/pay', payParams, pay),
  endpoint('POST /v1/invoices/:id/void', nothing, (world, _, id) => voidInvoice(world, id)),
  endpoint('POST /v1/invoices/:id/mark_uncollectible', nothing, (world, _, id) => markUncollectible(world, id)),
  endpoint('POST /v1/invoices/:id/send', nothing, (world, _, id) => send(world, id)),
];
