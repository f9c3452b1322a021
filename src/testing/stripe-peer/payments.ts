import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { subscriptionOf } from './invoices';
import { isWithin, listPage } from './object-table';
import { paging, paramsOf, range, text } from './params';
import { type PaymentOutcome, type PeerWorld, idOf } from './peer-world';

/** Seconds until a failed payment is tried again. */
const RETRY_AFTER = 3 * 86_400;

/** What is to be paid of an invoice, from the moment in which it is final. */
export function openPayment(world: PeerWorld, invoice: Stripe.Invoice): void {
  world.invoicePayments.add({
    id: world.newId('inpay'),
    object: 'invoice_payment',
    amount_paid: null,
    amount_requested: invoice.amount_due,
    created: world.seconds(),
    currency: invoice.currency,
    invoice: invoice.id,
    is_default: true,
    livemode: false,
    payment: { type: 'payment_intent', payment_intent: world.newId('pi') },
    status: 'open',
    status_transitions: { canceled_at: null, paid_at: null },
  });
}

/** Charges the customer's card; what comes of it was said beforehand, and is success unless it was. */
export function attemptPayment(
  world: PeerWorld,
  invoice: Stripe.Invoice,
  outcome: PaymentOutcome = world.paymentOutcomes.get(idOf(invoice.customer)) ?? 'succeeds',
): PaymentOutcome {
  invoice.attempted = true;
  invoice.attempt_count += 1;
  if (outcome === 'succeeds') {
    settlePayments(world, invoice, 'paid');
    settle(world, invoice);
    return outcome;
  }
  invoice.next_payment_attempt = invoice.auto_advance && outcome === 'fails' ? world.seconds() + RETRY_AFTER : null;
  world.customers.get(idOf(invoice.customer)).delinquent = true;
  world.emit(outcome === 'fails' ? 'invoice.payment_failed' : 'invoice.payment_action_required', invoice);
  if (!world.whenPaid.has(invoice.id)) setSubscription(world, invoice, 'past_due');
  return outcome;
}

/** Whether an invoice that nobody comes to pay can be charged: a subscription always has what it is paid with here. */
export function hasMethod(world: PeerWorld, invoice: Stripe.Invoice): boolean {
  if (subscriptionOf(invoice) !== null || invoice.default_payment_method !== null) return true;
  return world.customers.get(idOf(invoice.customer)).invoice_settings.default_payment_method !== null;
}

/** The invoice is paid: by a card, outside of Stripe, or because there is nothing to pay. */
export function settle(world: PeerWorld, invoice: Stripe.Invoice): void {
  settlePayments(world, invoice, 'canceled');
  invoice.status = 'paid';
  invoice.amount_paid = invoice.amount_remaining;
  invoice.amount_remaining = 0;
  invoice.attempted = true;
  invoice.next_payment_attempt = null;
  invoice.status_transitions.paid_at = world.seconds();
  world.customers.get(idOf(invoice.customer)).delinquent = false;
  world.emit('invoice.paid', invoice);
  world.emit('invoice.payment_succeeded', invoice);
  world.whenPaid.get(invoice.id)?.();
  world.whenPaid.delete(invoice.id);
  setSubscription(world, invoice, 'active');
}

/** Ends what is still open of an invoice's payments. */
export function settlePayments(world: PeerWorld, invoice: Stripe.Invoice, status: 'paid' | 'canceled'): void {
  for (const payment of world.invoicePayments.all()) {
    if (payment.invoice !== invoice.id || payment.status !== 'open') continue;
    payment.status = status;
    if (status === 'paid') {
      payment.amount_paid = invoice.amount_remaining;
      payment.status_transitions.paid_at = world.seconds();
      world.emit('invoice_payment.paid', payment);
    } else {
      payment.status_transitions.canceled_at = world.seconds();
    }
  }
}

function setSubscription(world: PeerWorld, invoice: Stripe.Invoice, status: 'active' | 'past_due'): void {
  const id = subscriptionOf(invoice);
  if (id === null) return;
  const subscription = world.subscriptions.get(id);
  const before = subscription.status;
  if (before === status || before === 'canceled') return;
  subscription.status = status;
  world.emit('customer.subscription.updated', subscription, { status: before });
}

const listParams = paramsOf<Stripe.InvoicePaymentListParams>()({
  ...paging,
  invoice: text.optional(),
  status: z.enum(['canceled', 'open', 'paid']).optional(),
  payment: z.strictObject({ type: z.literal('payment_intent'), payment_intent: text }).optional(),
  created: range.optional(),
});

export const paymentEndpoints = [
  endpoint('GET /v1/invoice_payments', listParams, (world, input): Stripe.ApiList<Stripe.InvoicePayment> => {
    const found = world.invoicePayments
      .newestFirst()
      .filter((one) => input.invoice === undefined || one.invoice === input.invoice)
      .filter((one) => input.status === undefined || one.status === input.status)
      .filter((one) => !input.payment || one.payment.payment_intent === input.payment.payment_intent)
      .filter((one) => isWithin(one.created, input.created));
    return listPage(found, '/v1/invoice_payments', input);
  }),
  endpoint('GET /v1/invoice_payments/:id', paramsOf<object>()({}), (world, _, id): Stripe.InvoicePayment =>
    world.invoicePayments.get(id),
  ),
];
