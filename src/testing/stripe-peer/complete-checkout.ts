import type Stripe from 'stripe';
import { giveCard } from './payment-methods';
import { settle, settlePayments } from './payments';
import { type PeerWorld, idOf } from './peer-world';
import { newSubscription } from './subscription-content';
import { billFirst } from './subscriptions';

/** What a person does on the page of a checkout session: they pay, and the subscription begins. */
export function completeCheckout(world: PeerWorld, id: string): Stripe.Subscription {
  const session = world.checkoutSessions.get(id);
  if (session.status !== 'open') throw new Error(`Checkout session ${id} is ${session.status}, not open`);
  const customer = world.customers.get(idOf(session.customer));
  // Who pays says where they are.
  if (session.automatic_tax.enabled && customer.address == null) {
    customer.address = { city: null, country: 'US', line1: null, line2: null, postal_code: '94107', state: 'CA' };
  }
  const { metadata, anchor, prorates } = world.checkoutSubscriptions.get(id)!;
  const subscription = newSubscription(world, customer, world.checkoutItems.get(id) ?? [], {
    metadata,
    billing_cycle_anchor_config: anchor,
    automatic_tax: { disabled_reason: null, enabled: session.automatic_tax.enabled, liability: null },
    default_payment_method: giveCard(world, customer.id),
  });
  const invoice = billFirst(world, subscription, prorates);
  if (invoice.status === 'open') {
    settlePayments(world, invoice, 'paid');
    settle(world, invoice);
  }
  session.status = 'complete';
  session.payment_status = 'paid';
  session.url = null;
  session.subscription = subscription.id;
  session.invoice = invoice.id;
  world.emit('checkout.session.completed', session);
  return subscription;
}
