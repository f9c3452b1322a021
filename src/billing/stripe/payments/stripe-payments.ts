import { createSyncPrice } from '../catalogue/sync-price';
import { type StripeLink } from '../stripe-link';
import { createFollowSubscription } from '../webhooks/follow-subscription';
import { createChangePaidPlan } from './change-paid-plan';
import { createOpenCheckout } from './checkout';
import { createPayments, type Payments, type PaymentsOptions } from './payments';

export interface StripePaymentsOptions extends Omit<PaymentsOptions, 'stripe'> {
  /** Null: payments are off. */
  link: StripeLink | null;
  /** Whether Stripe computes taxes. */
  automaticTax: boolean;
}

/** Payments through Stripe, where it is configured. */
export function createStripePayments({ link, automaticTax, ...options }: StripePaymentsOptions): Payments {
  if (!link) return createPayments({ ...options, stripe: null });
  const { client, customers, effectFor } = link;
  const { pool, appUrl, subscriptions } = options;
  const prices = createSyncPrice({ pool, client, effectFor });
  const followSubscription = createFollowSubscription({ pool, stripe: client, subscriptions });
  return createPayments({
    ...options,
    stripe: {
      client,
      customers,
      openCheckout: createOpenCheckout({ pool, client, effectFor, prices, appUrl, automaticTax }),
      paidPlan: createChangePaidPlan({ pool, client, effectFor, prices, followSubscription }),
    },
  });
}
