/** The composition root's part that pays through Stripe and listens to it. See container.ts. */
import { createStripeEvents, createStripeFollowers, createStripePayments } from '@/billing';
import { type Builders } from './container-parts';

export const STRIPE_BUILDERS: Builders<'payments' | 'stripeEvents'> = {
  payments: ({ pool, clock, planCatalogue, entitlementReader, subscriptions, stripe, env }) =>
    createStripePayments({
      pool,
      clock,
      catalogue: planCatalogue,
      entitlements: entitlementReader,
      subscriptions,
      link: stripe,
      automaticTax: env.STRIPE_AUTOMATIC_TAX !== undefined,
      appUrl: env.APP_URL,
    }),
  stripeEvents: ({ pool, stripe, dunning, creditNotes, subscriptions, log }) =>
    createStripeEvents({
      pool,
      handlerOf: stripe
        ? createStripeFollowers({
            pool,
            client: stripe.client,
            subscriptions,
            dunning,
            voidInvoice: (invoiceId, reason) => creditNotes.voidAsTold(invoiceId, reason),
            now: stripe.now,
            warn: (details, message) => log.warn(details, message),
          })
        : () => undefined,
      warn: (err, event) => log.warn({ err, ...event }, 'an event from Stripe could not be processed'),
    }),
};
