import { isDeepStrictEqual } from 'node:util';
import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { type SubscriptionService } from '@/plans';
import { type StripeClient } from '../stripe-client';
import { isLiveStatus, readCustomerAtStripe, writeSubscription } from './followed-customer-store';
import { readPlanOfPrice } from '../catalogue/stripe-price-store';
import { idOfObject } from '../id-of-object';

interface Options {
  pool: Pool;
  stripe: StripeClient;
  subscriptions: Pick<SubscriptionService, 'followPaidPlan'>;
}

/** Makes what an organization may use what its subscription at Stripe says. @returns what came of it. */
export type FollowSubscription = (subscriptionId: string) => Promise<string>;

/** What of a subscription matters here. */
interface Seen {
  customerId: string;
  status: string;
  planVersionId: string | null;
  paidThrough: Date;
  endsAt: Date | null;
}

/** Reads of one run at most: each was followed by another change. */
const READS = 4;

/**
 * `customer.subscription.*`, and whatever else tells of a subscription. What was read may be old by the time it is written, when
 * another process reads and writes as well; so it is read again afterwards, until it is what was written.
 */
export function createFollowSubscription({ pool, stripe, subscriptions }: Options): FollowSubscription {
  async function see(id: string): Promise<Seen> {
    const subscription = await stripe.call('subscription', (sdk) => sdk.subscriptions.retrieve(id));
    const planned = await Promise.all(
      subscription.items.data.map(async (item) => ({ item, plan: await readPlanOfPrice(pool, item.price.id) })),
    );
    const { item, plan } = planned.find((one) => one.plan !== null) ?? { item: subscription.items.data[0], plan: null };
    const paidThrough = new Date((item?.current_period_end ?? subscription.created) * 1000);
    return {
      customerId: idOfObject(subscription.customer),
      status: subscription.status,
      planVersionId: plan,
      paidThrough,
      endsAt: endOf(subscription, paidThrough),
    };
  }

  async function write(id: string, seen: Seen): Promise<string> {
    const customer = await readCustomerAtStripe(pool, seen.customerId);
    if (!customer) return 'of no organization';
    const isKnown = customer.subscriptionId === id;
    if (seen.planVersionId === null && !isKnown) return 'of no plan';
    if (!isKnown && isLiveStatus(customer.subscriptionStatus)) {
      return isLiveStatus(seen.status) ? `a second one beside ${customer.subscriptionId}` : 'an earlier one';
    }
    const { organizationId } = customer;
    const { status, planVersionId, paidThrough, endsAt } = seen;
    const isLive = isLiveStatus(status) && planVersionId !== null;
    if (!isLive && !isKnown) return 'not begun';
    await writeSubscription(pool, organizationId, { id, status });
    const paid = isLive ? { planVersionId, paidThrough, endsAt } : null;
    const isNews = await subscriptions.followPaidPlan(organizationId, paid);
    return isNews ? (isLive ? 'plan changed' : 'ended') : 'no change';
  }

  return async (id) => {
    let written: Seen | null = null;
    let outcome = 'no change';
    for (let reads = 0; reads < READS; reads += 1) {
      const seen = await see(id);
      if (isDeepStrictEqual(seen, written)) break;
      const said = await write(id, seen);
      if (said !== 'no change') outcome = said;
      written = seen;
    }
    return outcome;
  };
}

const endOf = ({ cancel_at: at, cancel_at_period_end: atEnd }: Stripe.Subscription, paidThrough: Date): Date | null => {
  if (at !== null) return new Date(at * 1000);
  return atEnd ? paidThrough : null;
};
