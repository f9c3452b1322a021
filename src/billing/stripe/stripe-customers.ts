import { isDeepStrictEqual } from 'node:util';
import { type Pool } from 'pg';
import type Stripe from 'stripe';
import {
  ADDRESS_PARTS,
  type CustomerDetails,
  readDetails,
  readStripeCustomer,
  type StripeCustomer,
  writeCustomerDetails,
  writeStripeCustomer,
} from './customer-store';
import { type Effect, type EffectDraft, type EffectStore, insertEffects } from './effect-store';
import { type EffectOutcome, type EffectStep, type RunEffect } from './run-effect';
import { type StripeClient } from './stripe-client';

export interface StripeCustomersOptions {
  pool: Pool;
  store: EffectStore;
  client: StripeClient;
  runEffect: RunEffect;
  now: () => Date;
}

/** An organization at Stripe, or why it is not there. */
type EnsuredCustomer = { is: 'known'; customer: StripeCustomer } | Exclude<EffectOutcome, { is: 'done' }>;

export interface StripeCustomers {
  /** Makes the organization known to Stripe, once. It is found there by metadata.tollgate_organization. */
  ensure(organizationId: string): Promise<EnsuredCustomer>;
  /** Tells Stripe how the organization is to be addressed, where that changed. @param occasion for which this is; unique. */
  tellDetails(organizationId: string, customer: StripeCustomer, occasion: string): Promise<EffectOutcome | null>;
}

const DAY_S = 86_400;

/** When the search for what an earlier call made begins, in Stripe's seconds: a day before the effect was written down. */
export const searchFrom = (createdAt: Date): number => Math.floor(createdAt.getTime() / 1000) - DAY_S;

export function createStripeCustomers(options: StripeCustomersOptions): StripeCustomers {
  const { pool, store, client, runEffect, now } = options;

  async function effectFor(draft: EffectDraft) {
    const known = await store.readEffect(draft.effect);
    if (known) return known;
    await insertEffects(pool, [draft], now());
    return (await store.readEffect(draft.effect))!;
  }

  const known = async (organizationId: string): Promise<StripeCustomer | null> => {
    const customer = await readStripeCustomer(pool, organizationId);
    return customer?.livemode === client.livemode ? customer : null;
  };

  const creation = (
    organizationId: string,
    effect: Effect,
    details: CustomerDetails,
  ): EffectStep<CustomerDetails, Stripe.Customer> => ({
    request: details,
    perform: (told, idempotencyKey) =>
      client.call('customer', (sdk) =>
        sdk.customers.create(
          {
            ...withoutEmpty(paramsOf(told)),
            metadata: { tollgate_organization: organizationId, tollgate_effect: effect.effect },
          },
          { idempotencyKey },
        ),
      ),
    async find() {
      const created = { gte: searchFrom(effect.createdAt) };
      const found = await client.list('customer', (sdk, paging) => sdk.customers.list({ created, ...paging }));
      return found.find(({ metadata }) => metadata['tollgate_effect'] === effect.effect) ?? null;
    },
    record: (tx, { id }, told) =>
      writeStripeCustomer(tx, { organizationId, customerId: id, livemode: client.livemode, details: told, at: now() }),
  });

  return {
    async ensure(organizationId) {
      const before = await known(organizationId);
      if (before) return { is: 'known', customer: before };
      const name = `customer/${organizationId}${client.livemode ? '' : '/sandbox'}`;
      const effect = await effectFor({ organizationId, effect: name, kind: 'customer' });
      const outcome = await runEffect(
        effect,
        creation(organizationId, effect, await readDetails(pool, organizationId)),
      );
      if (outcome.is !== 'done') return outcome;
      const customer = await known(organizationId);
      return customer ? { is: 'known', customer } : { is: 'waiting' };
    },

    async tellDetails(organizationId, customer, occasion) {
      const details = await readDetails(pool, organizationId);
      if (isDeepStrictEqual(details, customer.details)) return null;
      const effect = await effectFor({
        organizationId,
        effect: `customer/${organizationId}/details/${occasion}`,
        kind: 'customer_details',
      });
      const { customerId } = customer;
      const hadAddress = hasAddress(customer.details);
      return runEffect(effect, {
        request: details,
        perform: (told, idempotencyKey) =>
          client.call('customer', (sdk) => {
            const { address, ...rest } = paramsOf(told);
            // One that was given at a checkout stays where we know none.
            const params = hadAddress || hasAddress(told) ? { ...rest, address } : rest;
            return sdk.customers.update(customerId, params, { idempotencyKey });
          }),
        // Said twice it is the same.
        find: async () => null,
        record: (tx, _made, told) => writeCustomerDetails(tx, organizationId, told, now()),
      });
    },
  };
}

type DetailParams = Required<Pick<Stripe.CustomerUpdateParams, 'name' | 'email' | 'address'>>;

const hasAddress = (details: CustomerDetails): boolean => ADDRESS_PARTS.some((part) => Boolean(details[part]));

/** '' takes away what Stripe knew. */
function paramsOf(details: CustomerDetails): DetailParams {
  const address = ADDRESS_PARTS.flatMap((part) => (details[part] ? [[part, details[part]] as const] : []));
  const { name = '', email = '' } = details;
  return { name, email, address: address.length === 0 ? '' : Object.fromEntries(address) };
}

const withoutEmpty = (params: DetailParams): Partial<DetailParams> =>
  Object.fromEntries(Object.entries(params).filter(([, value]) => value !== ''));
