/**
 * Changes of a plan that is paid at Stripe. They are made there, and what holds here follows from what Stripe then says, by the
 * same code that follows its events: so a process that dies in between loses nothing.
 *
 *   a higher plan   what is left of the period is charged now, and the plan changes once that is paid
 *   a lower plan    nothing is charged or given back; it is what the next period costs
 *   none            the subscription ends with its period
 */
import { isDeepStrictEqual } from 'node:util';
import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type PlanVersion } from '@/plans/contracts';
import { assertDone } from '../catalogue/assert-done';
import { readPlanOfPrice } from '../catalogue/stripe-price-store';
import { type SyncPrice } from '../catalogue/sync-price';
import { type EffectFor } from '../effect-for';
import { type StripeClient } from '../stripe-client';
import { type FollowSubscription } from '../webhooks/follow-subscription';
import { countOver } from './payer-store';
import { idOfObject } from '../id-of-object';

interface Options {
  pool: Pool;
  client: StripeClient;
  effectFor: EffectFor;
  prices: SyncPrice;
  followSubscription: FollowSubscription;
}

interface Paying {
  organizationId: string;
  subscriptionId: string;
  /** The plan that holds now. */
  present: PlanVersion;
}

export interface ChangePaidPlan {
  /** @throws AppError payment_required with `payment_url` where a higher plan is to be paid first; unavailable, conflict. */
  changeTo(paying: Paying, target: PlanVersion): Promise<void>;
  /** Ends with the period, or goes on after all, with the plan that holds now. @throws AppError as above */
  setEnding(paying: Paying, ends: boolean): Promise<void>;
}

type Update = Pick<
  Stripe.SubscriptionUpdateParams,
  'items' | 'proration_behavior' | 'payment_behavior' | 'cancel_at_period_end'
>;

export function createChangePaidPlan({ pool, client, effectFor, prices, followSubscription }: Options): ChangePaidPlan {
  const read = (id: string) => client.call('subscription', (sdk) => sdk.subscriptions.retrieve(id));

  async function itemOf(subscription: Stripe.Subscription): Promise<Stripe.SubscriptionItem> {
    for (const item of subscription.items.data) if ((await readPlanOfPrice(pool, item.price.id)) !== null) return item;
    throw new AppError('conflict', `The subscription ${subscription.id} at Stripe has no price of a plan.`);
  }

  /** One update, as an effect: the updates of an organization are numbered, and one that was left is finished first. */
  async function update({ organizationId, subscriptionId }: Paying, wanted: Update, isDone: IsDone): Promise<void> {
    for (let sent: Update | null = null; !isDeepStrictEqual(sent, wanted);) {
      const effect = `subscription/${organizationId}/${await countOver(pool, organizationId, 'subscription')}`;
      sent = null;
      const outcome = await effectFor(
        { organizationId, effect, kind: 'subscription' },
        {
          request: wanted,
          perform: (params: Update, idempotencyKey) => {
            sent = params;
            return client.call('subscription', (sdk) =>
              sdk.subscriptions.update(subscriptionId, params, { idempotencyKey }),
            );
          },
          find: async () => {
            const subscription = await read(subscriptionId);
            return isDone(subscription) ? subscription : null;
          },
        },
      );
      assertDone(outcome, 'the change of the subscription');
      if (isDone(await read(subscriptionId))) return;
    }
  }

  const setPrice = async (paying: Paying, item: Stripe.SubscriptionItem, priceId: string) => {
    if (item.price.id === priceId) return;
    const wanted: Update = { items: [{ id: item.id, price: priceId }], proration_behavior: 'none' };
    await update(paying, wanted, ({ items }) => items.data.some(({ price }) => price.id === priceId));
  };

  const setEnd = async (paying: Paying, subscription: Stripe.Subscription, ends: boolean) => {
    if (subscription.cancel_at_period_end === ends && (ends || subscription.cancel_at === null)) return;
    await update(paying, { cancel_at_period_end: ends }, (now) => now.cancel_at_period_end === ends);
  };

  async function payFor(paying: Paying, item: Stripe.SubscriptionItem, priceId: string): Promise<void> {
    const wanted: Update = {
      items: [{ id: item.id, price: priceId }],
      proration_behavior: 'always_invoice',
      payment_behavior: 'pending_if_incomplete',
    };
    await update(
      paying,
      wanted,
      ({ items, pending_update: pending }) => pending !== null || items.data.some(({ price }) => price.id === priceId),
    );
  }

  /** @throws AppError payment_required while a change waits for its payment. */
  async function assertNothingPending(subscription: Stripe.Subscription): Promise<void> {
    if (subscription.pending_update === null) return;
    const id = idOfObject(subscription.latest_invoice);
    const invoice = id ? await client.call('invoice', (sdk) => sdk.invoices.retrieve(id)) : null;
    throw new AppError('payment_required', 'The plan changes once its payment is made.', {
      details: {
        payment_url: invoice?.hosted_invoice_url ?? null,
        expires_at: new Date(subscription.pending_update.expires_at * 1000).toISOString(),
      },
    });
  }

  return {
    async changeTo(paying, target) {
      const { organizationId, subscriptionId, present } = paying;
      const subscription = await read(subscriptionId);
      await assertNothingPending(subscription);
      const item = await itemOf(subscription);
      const isSame = target.planKey === present.planKey;
      await setEnd(paying, subscription, false);
      // What was to come is undone first: what is left of the present plan is what counts.
      if (isSame || target.rank > present.rank) {
        await setPrice(paying, item, (await prices.priceOf(organizationId, present)).priceId);
      }
      if (!isSame) {
        const { priceId } = await prices.priceOf(organizationId, target);
        await (target.rank > present.rank ? payFor(paying, item, priceId) : setPrice(paying, item, priceId));
      }
      await followSubscription(subscriptionId);
      await assertNothingPending(await read(subscriptionId));
    },

    async setEnding(paying, ends) {
      const subscription = await read(paying.subscriptionId);
      await assertNothingPending(subscription);
      await setEnd(paying, subscription, ends);
      if (!ends) {
        const { priceId } = await prices.priceOf(paying.organizationId, paying.present);
        await setPrice(paying, await itemOf(subscription), priceId);
      }
      await followSubscription(paying.subscriptionId);
    },
  };
}

type IsDone = (subscription: Stripe.Subscription) => boolean;
