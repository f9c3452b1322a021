import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { finalize } from './invoice-life';
import { subscriptionOf } from './invoices';
import { isWithin, listPage } from './object-table';
import { bool, int, metadata, paging, paramsOf, range, text } from './params';
import { attemptPayment } from './payments';
import { type PeerWorld, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';
import { upgradeForMoney } from './subscription-upgrade';
import { draftOfSubscription, newItem, newSubscription } from './subscription-content';

const quantity = int.refine((value) => value >= 0, 'must not be negative').optional();
const createParams = paramsOf<Stripe.SubscriptionCreateParams>()({
  customer: text,
  items: z.array(z.strictObject({ price: text, quantity })).max(20),
  metadata: metadata.optional(),
  description: text.optional(),
  collection_method: z.enum(['charge_automatically', 'send_invoice']).optional(),
  days_until_due: int.optional(),
  cancel_at_period_end: bool.optional(),
  billing_mode: z.strictObject({ type: z.literal('flexible') }).optional(),
});
/** Items change without proration, or for money that is to be paid first; nothing in between is imitated here. */
const updateParams = paramsOf<Stripe.SubscriptionUpdateParams>()({
  items: z
    .array(z.strictObject({ id: text.optional(), price: text.optional(), quantity, deleted: bool.optional() }))
    .max(20)
    .optional(),
  proration_behavior: z.enum(['none', 'always_invoice']).optional(),
  payment_behavior: z.literal('pending_if_incomplete').optional(),
  cancel_at_period_end: bool.optional(),
  metadata: metadata.optional(),
  description: text.optional(),
});
const listParams = paramsOf<Stripe.SubscriptionListParams>()({
  ...paging,
  customer: text.optional(),
  price: text.optional(),
  status: z.enum(['active', 'all', 'canceled', 'ended', 'incomplete', 'past_due', 'trialing', 'unpaid']).optional(),
  created: range.optional(),
});
const cancelParams = paramsOf<Stripe.SubscriptionCancelParams>()({
  invoice_now: z.literal('false').optional(),
  prorate: z.literal('false').optional(),
});

function createSubscription(world: PeerWorld, input: z.output<typeof createParams>): Stripe.Subscription {
  const customer = world.customers.get(input.customer, 'customer');
  const wanted = input.items.map((item) => ({ price: item.price, quantity: item.quantity ?? 1 }));
  const subscription = newSubscription(world, customer, wanted, {
    metadata: mergedMetadata({}, input.metadata),
    description: input.description ?? null,
    collection_method: input.collection_method ?? 'charge_automatically',
    days_until_due: input.days_until_due ?? null,
    cancel_at_period_end: input.cancel_at_period_end ?? false,
  });
  const invoice = billFirst(world, subscription);
  if (invoice.status === 'open' && invoice.collection_method === 'charge_automatically') attemptPayment(world, invoice);
  if (invoice.collection_method === 'send_invoice') subscription.status = 'active';
  return subscription;
}

/** The first invoice of a subscription is final from the start. */
export function billFirst(world: PeerWorld, subscription: Stripe.Subscription, prorates = true): Stripe.Invoice {
  const now = world.seconds();
  const invoice = draftOfSubscription(world, subscription, 'subscription_create', { start: now, end: now }, prorates);
  world.emit('invoice.created', invoice);
  return finalize(world, invoice);
}

export function updateSubscription(
  world: PeerWorld,
  input: z.output<typeof updateParams>,
  id: string,
): Stripe.Subscription {
  const subscription = world.subscriptions.get(id, 'id');
  if (subscription.status === 'canceled') {
    throw invalidRequest(`A canceled subscription can only update its metadata: ${id}`, undefined, 'id');
  }
  const isForMoney = input.proration_behavior === 'always_invoice';
  if (
    input.items !== undefined &&
    (input.proration_behavior === undefined || isForMoney !== (input.payment_behavior !== undefined))
  ) {
    const known = 'none, or always_invoice with payment_behavior pending_if_incomplete';
    throw invalidRequest(`This server changes items with proration_behavior ${known}`, undefined, 'proration_behavior');
  }
  if (isForMoney && (input.metadata ?? input.description ?? input.cancel_at_period_end) !== undefined) {
    throw invalidRequest('Only items can be changed with pending_if_incomplete', undefined, 'payment_behavior');
  }
  const before: Record<string, unknown> = {};
  if (input.metadata !== undefined) {
    before.metadata = subscription.metadata;
    subscription.metadata = mergedMetadata(subscription.metadata, input.metadata);
  }
  if (input.description !== undefined) subscription.description = input.description || null;
  if (input.cancel_at_period_end !== undefined) {
    before.cancel_at_period_end = subscription.cancel_at_period_end;
    subscription.cancel_at_period_end = input.cancel_at_period_end;
    const end = subscription.items.data[0]?.current_period_end ?? null;
    subscription.cancel_at = input.cancel_at_period_end ? end : null;
    subscription.canceled_at = input.cancel_at_period_end ? world.seconds() : null;
  }
  if (input.items !== undefined && isForMoney) {
    upgradeForMoney(world, subscription, changedItems(world, subscription, input.items));
    return subscription;
  }
  if (input.items !== undefined) {
    before.items = { data: subscription.items.data };
    subscription.items.data = changedItems(world, subscription, input.items);
  }
  world.emit('customer.subscription.updated', subscription, before);
  return subscription;
}

function changedItems(
  world: PeerWorld,
  subscription: Stripe.Subscription,
  changes: NonNullable<z.output<typeof updateParams>['items']>,
): Stripe.SubscriptionItem[] {
  let items = subscription.items.data;
  const { current_period_start: start = world.seconds(), current_period_end: end } = { ...items[0] };
  for (const change of changes) {
    const old = items.find((item) => item.id === change.id);
    if (change.id !== undefined && old === undefined) {
      throw invalidRequest(`No such item of ${subscription.id}: '${change.id}'`, 'resource_missing', 'items');
    }
    const wanted = { price: change.price ?? old?.price.id ?? '', quantity: change.quantity ?? old?.quantity ?? 1 };
    const fresh = change.deleted ? [] : [newItem(world, subscription.id, wanted, start)];
    if (fresh[0] !== undefined && end !== undefined) fresh[0].current_period_end = end;
    if (old !== undefined && fresh[0] !== undefined) fresh[0].id = old.id;
    items = [...items.filter((item) => item !== old), ...fresh];
  }
  return items;
}

/** Ends a subscription now; what it has not been paid stays, but does not go on by itself. */
export function cancelSubscription(world: PeerWorld, id: string): Stripe.Subscription {
  const subscription = world.subscriptions.get(id, 'id');
  if (subscription.status === 'canceled')
    throw invalidRequest(`No such active subscription: ${id}`, 'resource_missing');
  subscription.status = 'canceled';
  subscription.canceled_at ??= world.seconds();
  subscription.ended_at = world.seconds();
  for (const invoice of world.invoices.all()) {
    if (subscriptionOf(invoice) !== id || !['draft', 'open'].includes(invoice.status ?? '')) continue;
    invoice.auto_advance = false;
    invoice.automatically_finalizes_at = invoice.next_payment_attempt = null;
  }
  if (subscription.cancellation_details) subscription.cancellation_details.reason = 'cancellation_requested';
  world.emit('customer.subscription.deleted', subscription);
  return subscription;
}

const nothing = paramsOf<object>()({});

export const subscriptionEndpoints = [
  endpoint('POST /v1/subscriptions', createParams, createSubscription),
  endpoint('GET /v1/subscriptions', listParams, (world, input): Stripe.ApiList<Stripe.Subscription> => {
    const ended = (one: Stripe.Subscription) => one.status === 'canceled' || one.status === 'incomplete_expired';
    const found = world.subscriptions
      .newestFirst()
      .filter((one) => input.customer === undefined || one.customer === input.customer)
      .filter((one) => !input.price || one.items.data.some((item) => item.price.id === input.price))
      .filter((one) => isWithin(one.created, input.created))
      .filter((one) => {
        if (input.status === undefined) return !ended(one);
        if (input.status === 'ended') return ended(one);
        return input.status === 'all' || one.status === input.status;
      });
    return listPage(found, '/v1/subscriptions', input);
  }),
  endpoint('GET /v1/subscriptions/:id', nothing, (world, _, id): Stripe.Subscription => world.subscriptions.get(id)),
  endpoint('POST /v1/subscriptions/:id', updateParams, updateSubscription),
  endpoint('DELETE /v1/subscriptions/:id', cancelParams, (world, _, id) => cancelSubscription(world, id)),
];
