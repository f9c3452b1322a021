/**
 * Paying for a plan at Stripe. An organization has one open checkout at most: one for another plan is closed first, and what is
 * made is an effect whose number counts those that are over, so that two who ask at once get the same page.
 *
 * Stripe's periods are made to begin when ours do: on the day of the month of our anchor, at midnight UTC, or on the last day of a
 * month that is too short. What lies before the first of them is charged by its share.
 */
import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type PlanVersion } from '@/plans/contracts';
import { assertDone } from '../catalogue/assert-done';
import { type SyncPrice } from '../catalogue/sync-price';
import { type EffectFor } from '../effect-for';
import { type StripeClient } from '../stripe-client';
import { StripeFailure } from '../stripe-failure';
import { type CheckoutView } from './payment-contracts';
import { countOver } from './payer-store';

interface Options {
  pool: Pool;
  client: StripeClient;
  effectFor: EffectFor;
  prices: SyncPrice;
  appUrl: string;
  /** Whether Stripe computes taxes. */
  automaticTax: boolean;
}

interface Buyer {
  organizationId: string;
  customerId: string;
  /** Of our periods: 1 to 31. */
  anchorDay: number;
}

export type OpenCheckout = (buyer: Buyer, plan: PlanVersion) => Promise<CheckoutView>;

const ROUNDS = 3;

export function createOpenCheckout(options: Options): OpenCheckout {
  const { pool, client, effectFor, prices, appUrl, automaticTax } = options;

  /** The open session for a plan; those for others are closed. @throws AppError conflict where one was paid just now. */
  async function openSession(customer: string, plan: PlanVersion): Promise<Stripe.Checkout.Session | null> {
    const open = await client.list('checkout.session', (sdk, paging) =>
      sdk.checkout.sessions.list({ customer, status: 'open', ...paging }),
    );
    const wanted =
      open.find(({ metadata, url }) => metadata?.['tollgate_plan_version'] === plan.id && url !== null) ?? null;
    for (const session of open) {
      if (session === wanted || session.metadata?.['tollgate_organization'] === undefined) continue;
      await client
        .call('checkout.session', (sdk) => sdk.checkout.sessions.expire(session.id))
        .catch((error: unknown) => assertStillClosed(error, session.id));
    }
    return wanted;
  }

  async function assertStillClosed(error: unknown, id: string): Promise<void> {
    if (!(error instanceof StripeFailure) || error.kind !== 'refused') throw error;
    const { status } = await client.call('checkout.session', (sdk) => sdk.checkout.sessions.retrieve(id));
    if (status === 'complete') throw new AppError('conflict', 'A plan has just been paid. Look again in a moment.');
    if (status === 'open') throw error;
  }

  async function makeSession(buyer: Buyer, plan: PlanVersion): Promise<void> {
    const { organizationId, customerId, anchorDay } = buyer;
    const { priceId } = await prices.priceOf(organizationId, plan);
    const effect = `checkout/${organizationId}/${await countOver(pool, organizationId, 'checkout')}`;
    const request: Stripe.Checkout.SessionCreateParams = {
      mode: 'subscription',
      customer: customerId,
      line_items: [{ price: priceId, quantity: 1 }],
      success_url: `${appUrl}/billing?checkout=done`,
      cancel_url: `${appUrl}/billing?checkout=canceled`,
      client_reference_id: organizationId,
      metadata: { tollgate_effect: effect, tollgate_organization: organizationId, tollgate_plan_version: plan.id },
      subscription_data: {
        metadata: { tollgate_organization: organizationId },
        billing_cycle_anchor_config: { day_of_month: anchorDay, hour: 0, minute: 0, second: 0 },
        proration_behavior: 'create_prorations',
      },
      ...(automaticTax && { automatic_tax: { enabled: true }, customer_update: { address: 'auto' } }),
    };
    const outcome = await effectFor(
      { organizationId, effect, kind: 'checkout' },
      {
        request,
        perform: (params, idempotencyKey) =>
          client.call('checkout.session', (sdk) => sdk.checkout.sessions.create(params, { idempotencyKey })),
        find: async () => {
          const all = await client.list('checkout.session', (sdk, paging) =>
            sdk.checkout.sessions.list({ customer: customerId, ...paging }),
          );
          return all.find(({ metadata }) => metadata?.['tollgate_effect'] === effect) ?? null;
        },
      },
    );
    assertDone(outcome, `the checkout of the plan ${plan.planName}`);
  }

  return async (buyer, plan) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const session = await openSession(buyer.customerId, plan);
      if (session?.url) return { url: session.url, expires_at: new Date(session.expires_at * 1000).toISOString() };
      await makeSession(buyer, plan);
    }
    throw new AppError('unavailable', 'Somebody else is choosing a plan just now. Try again in a moment.', {
      retryable: true,
      retryAfterSeconds: 5,
    });
  };
}
