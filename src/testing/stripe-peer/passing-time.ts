import type Stripe from 'stripe';
import { anchoredMonth } from './anchors';
import { attachItem, FINALIZATION_GRACE, pendingItems } from './invoice-content';
import { finalize, voidInvoice } from './invoice-life';
import { attemptPayment, hasMethod } from './payments';
import { type PeerWorld, idOf } from './peer-world';
import { draftOfSubscription, periodEnd } from './subscription-content';
import { cancelSubscription } from './subscriptions';

/** Does what Stripe would have done by itself until now: cycles, drafts that become final, payments, due dates. */
export function letTimePass(world: PeerWorld): void {
  for (const subscription of world.subscriptions.all()) {
    while (isRunning(subscription) && nextEnd(subscription) <= world.seconds()) endPeriod(world, subscription);
  }
  for (const subscription of world.subscriptions.all()) dropUnpaidChange(world, subscription);
  for (const invoice of world.invoices.all()) {
    if (invoice.status === 'draft' && isDue(world, invoice.automatically_finalizes_at)) finalize(world, invoice);
    if (invoice.status === 'open' && isDue(world, invoice.next_payment_attempt)) {
      attemptPayment(world, invoice, hasMethod(world, invoice) ? undefined : 'fails');
    }
    if (invoice.status === 'open' && isDue(world, invoice.due_date)) sayOverdue(world, invoice);
  }
}

/** A change that nobody paid for is given up, and its invoice with it. */
function dropUnpaidChange(world: PeerWorld, subscription: Stripe.Subscription): void {
  if (!subscription.pending_update || !isDue(world, subscription.pending_update.expires_at)) return;
  subscription.pending_update = null;
  const invoice = idOf(subscription.latest_invoice);
  world.whenPaid.delete(invoice);
  voidInvoice(world, invoice);
  world.emit('customer.subscription.pending_update_expired', subscription);
}

function isDue(world: PeerWorld, seconds: number | null): boolean {
  return seconds !== null && seconds <= world.seconds();
}

function isRunning(subscription: Stripe.Subscription): boolean {
  return subscription.status === 'active' || subscription.status === 'past_due';
}

/** When the running period ends, in seconds. */
export function nextEnd(subscription: Stripe.Subscription): number {
  return Math.min(...subscription.items.data.map((item) => item.current_period_end));
}

/** A draft of the next period, with every pending item on it; it becomes final an hour later. */
function endPeriod(world: PeerWorld, subscription: Stripe.Subscription): void {
  if (subscription.cancel_at_period_end) {
    cancelSubscription(world, subscription.id);
    return;
  }
  const ended = { start: subscription.items.data[0]?.current_period_start ?? 0, end: nextEnd(subscription) };
  for (const item of subscription.items.data) {
    if (item.price.recurring === null) continue;
    const { billing_cycle_anchor: anchor, billing_cycle_anchor_config: config } = subscription;
    let count = 1;
    while (periodEnd(anchor, item.price.recurring, count) <= item.current_period_end) count += 1;
    item.current_period_start = item.current_period_end;
    item.current_period_end =
      config === null
        ? periodEnd(anchor, item.price.recurring, count)
        : anchoredMonth(config, item.current_period_start).end;
  }
  const invoice = draftOfSubscription(world, subscription, 'subscription_cycle', ended);
  const customer = idOf(subscription.customer);
  for (const item of pendingItems(world, customer, subscription.currency, subscription.id)) {
    attachItem(world, invoice, item);
  }
  invoice.automatically_finalizes_at = world.seconds() + FINALIZATION_GRACE;
  world.emit('invoice.created', invoice);
  world.emit('customer.subscription.updated', subscription);
}

function sayOverdue(world: PeerWorld, invoice: Stripe.Invoice): void {
  const said = world.events.all().some((event) => event.type === 'invoice.overdue' && isAbout(event, invoice.id));
  if (!said) world.emit('invoice.overdue', invoice);
}

function isAbout(event: Stripe.Event, id: string): boolean {
  return (event.data.object as { id?: string }).id === id;
}
