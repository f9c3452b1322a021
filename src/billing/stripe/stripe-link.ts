import { setTimeout as sleepFor } from 'node:timers/promises';
import { type Pool, type PoolClient } from 'pg';
import { type Collection } from '../invoices/draft-store';
import { createInvoiceQueries } from '../invoices/invoice-queries';
import { isSubscribed, readStripeCustomer } from './customer-store';
import { createEffectFor, type EffectFor } from './effect-for';
import { createEffectStore } from './effect-store';
import { createHandCorrections, type HandCorrections } from './hand-corrections';
import { createHandInvoices, type HandInvoices } from './hand-invoice';
import { createMirrorUsage, type MirrorUsage } from './meters/mirror-usage';
import { createRunEffect } from './run-effect';
import { type StripeClient } from './stripe-client';
import { createStripeCustomers, type StripeCustomers } from './stripe-customers';

/** What there is of Stripe where it is configured. */
export interface StripeLink extends HandInvoices, HandCorrections {
  readonly client: StripeClient;
  /** The real time, as Stripe's is. */
  readonly now: () => Date;
  readonly customers: StripeCustomers;
  /** Carries out what Stripe is to do once, and is not a part of handing an invoice over. */
  readonly effectFor: EffectFor;
  /** Sends Stripe's meters what is used, apart from everything else. */
  readonly meters: MirrorUsage;
  /** How an organization's next invoice is paid: with the subscription that it has at Stripe, else by an invoice of its own. */
  collectionOf(client: PoolClient, organizationId: string): Promise<Collection>;
}

export interface StripeLinkOptions {
  pool: Pool;
  client: StripeClient;
  /** Public address of this installation, without a slash at its end. */
  appUrl: string;
  /** Whether Stripe is to compute taxes. */
  automaticTax: boolean;
  /** The real time, by which idempotency keys grow old; the system's unless told. */
  now?: () => Date;
  sleep?: (ms: number) => Promise<void>;
  /** In [0, 1). */
  random?: () => number;
}

export function createStripeLink(options: StripeLinkOptions): StripeLink {
  const {
    pool,
    client,
    appUrl,
    automaticTax,
    now = () => new Date(),
    sleep = (ms) => sleepFor(ms),
    random = Math.random,
  } = options;
  const store = createEffectStore({ pool });
  const runEffect = createRunEffect({ store, now, sleep, random });
  const customers = createStripeCustomers({ pool, store, client, runEffect, now });
  const common = { pool, store, client, runEffect, now };
  const effectFor = createEffectFor({ pool, store, runEffect, now });
  return {
    client,
    now,
    customers,
    ...createHandInvoices({ ...common, customers, invoices: createInvoiceQueries({ pool }), appUrl, automaticTax }),
    ...createHandCorrections(common),
    effectFor,
    meters: createMirrorUsage({ ...common, effectFor }),
    async collectionOf(tx, organizationId) {
      const customer = await readStripeCustomer(tx, organizationId);
      const withSubscription = customer?.livemode === client.livemode && isSubscribed(customer);
      return withSubscription ? 'stripe_subscription' : 'stripe_invoice';
    },
  };
}
