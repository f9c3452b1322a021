import type Stripe from 'stripe';
import { anchoredMonth, prorated } from './anchors';
import { addLine, newDraft, newLine } from './invoice-content';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

export interface WantedItem {
  price: string;
  quantity: number;
}

/** A new subscription with items of flexible billing, begun now. It is incomplete until its first invoice is paid. */
export function newSubscription(
  world: PeerWorld,
  customer: Stripe.Customer,
  wanted: WantedItem[],
  fields: Partial<Stripe.Subscription> = {},
): Stripe.Subscription {
  const id = world.newId('sub');
  const now = world.seconds();
  const anchor = fields.billing_cycle_anchor_config ?? null;
  const items = wanted.map((item) => newItem(world, id, item, now));
  if (anchor !== null) for (const item of items) item.current_period_end = anchoredMonth(anchor, now).end;
  const first = items[0];
  if (first === undefined) throw invalidRequest('A subscription needs items', 'parameter_missing', 'items');
  const subscription: Stripe.Subscription = {
    id,
    object: 'subscription',
    application: null,
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: anchor === null ? now : anchoredMonth(anchor, now).end,
    billing_cycle_anchor_config: null,
    billing_mode: { type: 'flexible', flexible: { proration_discounts: 'included' } },
    billing_schedules: [],
    billing_thresholds: null,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, feedback_option: null, reason: null },
    collection_method: 'charge_automatically',
    created: now,
    currency: first.price.currency,
    customer: customer.id,
    customer_account: null,
    days_until_due: null,
    default_payment_method: null,
    default_source: null,
    default_tax_rates: [],
    description: null,
    discounts: [],
    ended_at: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      description: null,
      footer: null,
      issuer: { type: 'self' },
    },
    items: { object: 'list', data: items, has_more: false, url: `/v1/subscription_items?subscription=${id}` },
    latest_invoice: null,
    livemode: false,
    managed_payments: null,
    metadata: {},
    next_pending_invoice_item_invoice: null,
    on_behalf_of: null,
    pause_collection: null,
    payment_settings: {
      payment_method_options: null,
      payment_method_types: null,
      save_default_payment_method: 'off',
    },
    pending_invoice_item_interval: null,
    pending_setup_intent: null,
    pending_update: null,
    schedule: null,
    start_date: now,
    status: 'incomplete',
    test_clock: null,
    transfer_data: null,
    trial_end: null,
    trial_settings: null,
    trial_start: null,
    ...fields,
  };
  customer.currency ??= subscription.currency;
  world.subscriptions.add(subscription);
  world.emit('customer.subscription.created', subscription);
  return subscription;
}

/** @throws StripePeerError where the price is none that recurs */
export function newItem(
  world: PeerWorld,
  subscription: string,
  wanted: WantedItem,
  start: number,
): Stripe.SubscriptionItem {
  const price = world.prices.get(wanted.price, 'items[0][price]');
  if (price.recurring === null) {
    throw invalidRequest(`The price ${price.id} is not recurring`, undefined, 'items[0][price]');
  }
  return {
    id: world.newId('si'),
    object: 'subscription_item',
    billing_thresholds: null,
    created: world.seconds(),
    current_period_start: start,
    current_period_end: periodEnd(start, price.recurring, 1),
    current_trial: null,
    discounts: [],
    metadata: {},
    plan: planOf(price, price.recurring),
    price,
    quantity: wanted.quantity,
    subscription,
    tax_rates: [],
  };
}

/** The old name of a price, which answers still carry. */
function planOf(price: Stripe.Price, recurring: Stripe.Price.Recurring): Stripe.Plan {
  return {
    id: price.id,
    object: 'plan',
    active: price.active,
    amount: price.unit_amount,
    amount_decimal: price.unit_amount_decimal,
    billing_scheme: price.billing_scheme,
    created: price.created,
    currency: price.currency,
    interval: recurring.interval,
    interval_count: recurring.interval_count,
    livemode: false,
    metadata: price.metadata,
    meter: null,
    nickname: price.nickname,
    product: idOf(price.product),
    tiers_mode: null,
    transform_usage: null,
    trial_period_days: null,
    usage_type: 'licensed',
  };
}

/** The end of the `count`-th period since `anchor`, in seconds; a day that a month does not have is its last one. */
export function periodEnd(anchor: number, recurring: Stripe.Price.Recurring, count: number): number {
  const steps = recurring.interval_count * count;
  if (recurring.interval === 'day') return anchor + steps * 86_400;
  if (recurring.interval === 'week') return anchor + steps * 7 * 86_400;
  const start = new Date(anchor * 1000);
  const end = new Date(start);
  end.setUTCDate(1);
  end.setUTCMonth(start.getUTCMonth() + steps * (recurring.interval === 'year' ? 12 : 1));
  const lastDay = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() + 1, 0)).getUTCDate();
  end.setUTCDate(Math.min(start.getUTCDate(), lastDay));
  return Math.floor(end.getTime() / 1000);
}

/** A draft with what the subscription's items cost in the period that they are in, paid in advance. */
export function draftOfSubscription(
  world: PeerWorld,
  subscription: Stripe.Subscription,
  reason: 'subscription_create' | 'subscription_cycle',
  billed: { start: number; end: number },
  prorates = true,
): Stripe.Invoice {
  const customer = world.customers.get(idOf(subscription.customer));
  const invoice = newDraft(world, customer, {
    currency: subscription.currency,
    auto_advance: true,
    billing_reason: reason,
    collection_method: subscription.collection_method,
    due_date: subscription.days_until_due === null ? null : world.seconds() + subscription.days_until_due * 86_400,
    parent: {
      type: 'subscription_details',
      quote_details: null,
      subscription_details: { metadata: mergedMetadata({}, subscription.metadata), subscription: subscription.id },
    },
    automatic_tax: automaticTaxOf(subscription),
    period_start: billed.start,
    period_end: billed.end,
  });
  for (const item of subscription.items.data) addLine(world, invoice, lineOfItem(world, subscription, item, prorates));
  subscription.latest_invoice = invoice.id;
  return invoice;
}

/** Whether taxes are computed on an invoice of a subscription: as on the subscription. */
export const automaticTaxOf = ({ automatic_tax: { enabled } }: Stripe.Subscription): Stripe.Invoice.AutomaticTax => ({
  disabled_reason: null,
  enabled,
  liability: null,
  provider: enabled ? 'stripe' : null,
  status: null,
});

function lineOfItem(
  world: PeerWorld,
  subscription: Stripe.Subscription,
  item: Stripe.SubscriptionItem,
  prorates: boolean,
): Stripe.InvoiceLineItem {
  const quantity = item.quantity ?? 1;
  const { price } = item;
  const anchor = subscription.billing_cycle_anchor_config;
  const part = { start: item.current_period_start, end: item.current_period_end };
  const month = anchor === null ? part : anchoredMonth(anchor, part.start);
  const share = prorates || month.start === part.start ? prorated((price.unit_amount ?? 0) * quantity, part, month) : 0;
  return newLine(world, {
    amount: share,
    currency: price.currency,
    period: part,
    quantity,
    parent: {
      type: 'subscription_item_details',
      invoice_item_details: null,
      subscription_item_details: {
        invoice_item: null,
        proration: false,
        proration_details: { credited_items: null },
        subscription: subscription.id,
        subscription_item: item.id,
      },
    },
    pricing: {
      type: 'price_details',
      price_details: { price: price.id, product: idOf(price.product) },
      unit_amount_decimal: price.unit_amount_decimal,
    },
    subscription: subscription.id,
  });
}
