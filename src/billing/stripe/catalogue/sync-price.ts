/**
 * Plans at Stripe: a product for each plan, and for each version a monthly price, both made when somebody first wants to pay for
 * it. What was published here is never edited, so neither is its price there; a version that follows has one of its own.
 */
import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { type PlanVersion } from '@/plans/contracts';
import { type EffectFor } from '../effect-for';
import { type StripeClient } from '../stripe-client';
import { assertDone } from './assert-done';
import { readPrice, type StripePrice, writePrice } from './stripe-price-store';

export interface SyncPrice {
  /**
   * The price of a plan version, made first where there is none. However many ask at once, one is made.
   * @param organizationId who wants to pay.
   * @throws AppError unavailable while Stripe does not answer; conflict for what it refuses.
   */
  priceOf(organizationId: string, plan: PlanVersion): Promise<StripePrice>;
}

interface Options {
  pool: Pool;
  client: StripeClient;
  effectFor: EffectFor;
}

export function createSyncPrice({ pool, client, effectFor }: Options): SyncPrice {
  const world = client.livemode ? '' : '/sandbox';

  async function productOf(organizationId: string, { planKey, planName }: PlanVersion): Promise<string> {
    const effect = `product/${planKey}${world}`;
    const request: Stripe.ProductCreateParams = {
      name: planName,
      metadata: { tollgate_effect: effect, tollgate_plan: planKey },
    };
    return assertDone(
      await effectFor(
        { organizationId, effect, kind: 'product' },
        {
          request,
          perform: (params, idempotencyKey) =>
            client.call('product', (sdk) => sdk.products.create(params, { idempotencyKey })),
          find: async () => {
            const products = await client.list('product', (sdk, paging) => sdk.products.list(paging));
            return products.find(({ metadata }) => metadata['tollgate_effect'] === effect) ?? null;
          },
        },
      ),
      `the product of the plan ${planName}`,
    );
  }

  return {
    async priceOf(organizationId, plan) {
      const known = await readPrice(pool, plan.id, client.livemode);
      if (known) return known;
      const productId = await productOf(organizationId, plan);
      const effect = `price/${plan.id}${world}`;
      const lookupKey = `tollgate_${plan.id}`;
      const request: Stripe.PriceCreateParams = {
        product: productId,
        currency: plan.currency.toLowerCase(),
        unit_amount: plan.priceMinor,
        recurring: { interval: 'month' },
        nickname: `${plan.planName}, version ${plan.version}`,
        lookup_key: lookupKey,
        metadata: { tollgate_effect: effect, tollgate_plan_version: plan.id },
      };
      const of = { planVersionId: plan.id, livemode: client.livemode, productId };
      const priceId = assertDone(
        await effectFor(
          { organizationId, effect, kind: 'price' },
          {
            request,
            perform: (params, idempotencyKey) =>
              client.call('price', (sdk) => sdk.prices.create(params, { idempotencyKey })),
            find: async () => {
              const query = { lookup_keys: [lookupKey] };
              const [found] = await client.list('price', (sdk, paging) => sdk.prices.list({ ...query, ...paging }));
              return found ?? null;
            },
            // A lookup key that is taken may be by what an earlier call made.
            mayExist: ({ param }) => param === 'lookup_key',
            record: (tx, { id }) => writePrice(tx, { ...of, priceId: id }),
          },
        ),
        `the price of the plan ${plan.planName}`,
      );
      return { ...of, priceId };
    },
  };
}
