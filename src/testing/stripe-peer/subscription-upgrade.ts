import type Stripe from 'stripe';
import { anchoredMonth, prorated } from './anchors';
import { addLine, newDraft, newLine } from './invoice-content';
import { finalize } from './invoice-life';
import { attemptPayment } from './payments';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { automaticTaxOf } from './subscription-content';

/** Seconds that a change waits for its payment. */
const PENDING_FOR = 23 * 3600;

/**
 * Changes a subscription's items in the middle of a period, for money: what is left of the old ones is given back, what is left of
 * the new ones charged, by seconds. They change when that is paid; until then the change is pending.
 */
export function upgradeForMoney(
  world: PeerWorld,
  subscription: Stripe.Subscription,
  items: Stripe.SubscriptionItem[],
): void {
  const [first] = subscription.items.data;
  if (first === undefined) return;
  const anchor = subscription.billing_cycle_anchor_config;
  const period = { start: first.current_period_start, end: first.current_period_end };
  const month = anchor === null ? period : anchoredMonth(anchor, period.start);
  const left = { start: world.seconds(), end: month.end };
  const invoice = newDraft(world, world.customers.get(idOf(subscription.customer)), {
    currency: subscription.currency,
    auto_advance: true,
    automatic_tax: automaticTaxOf(subscription),
    billing_reason: 'subscription_update',
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: mergedMetadata({}, subscription.metadata), subscription: subscription.id },
    },
  });
  const sides = [
    ...subscription.items.data.map((item) => ({ item, sign: -1 })),
    ...items.map((item) => ({ item, sign: 1 })),
  ];
  for (const { item, sign } of sides) {
    const amount = sign * prorated((item.price.unit_amount ?? 0) * (item.quantity ?? 1), left, month);
    addLine(
      world,
      invoice,
      newLine(world, { amount, currency: subscription.currency, period: left, subscription: subscription.id }),
    );
  }
  subscription.latest_invoice = invoice.id;
  subscription.pending_update = {
    billing_cycle_anchor: null,
    cancel_at_period_end: null,
    discount: null,
    discounts: null,
    expires_at: world.seconds() + PENDING_FOR,
    metadata: null,
    subscription_items: items,
    trial_end: null,
    trial_from_plan: null,
  };
  world.whenPaid.set(invoice.id, () => {
    subscription.items.data = items;
    subscription.pending_update = null;
    world.emit('customer.subscription.updated', subscription);
  });
  world.emit('invoice.created', invoice);
  finalize(world, invoice);
  if (invoice.status === 'open') attemptPayment(world, invoice);
  if (subscription.pending_update !== null) world.emit('customer.subscription.updated', subscription);
}
