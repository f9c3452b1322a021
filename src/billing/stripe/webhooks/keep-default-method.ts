import type Stripe from 'stripe';
import { type StripeClient } from '../stripe-client';
import { idOfObject } from '../id-of-object';

/** Has what a plan is paid with pay for everything else too. @returns whether that had to be said. */
export type KeepDefaultMethod = (customerId: string, subscriptionId: string) => Promise<boolean>;

/**
 * After a checkout. Stripe keeps what was given there for the subscription alone; an invoice of its own would be charged to nothing.
 * What the customer themselves chose later stays.
 */
export function createKeepDefaultMethod({ stripe }: { stripe: StripeClient }): KeepDefaultMethod {
  const methodOf = (id: string) => stripe.call('payment_method', (sdk) => sdk.paymentMethods.retrieve(id));

  return async (customerId, subscriptionId) => {
    const given = idOfObject(
      (await stripe.call('subscription', (sdk) => sdk.subscriptions.retrieve(subscriptionId))).default_payment_method,
    );
    const customer = await stripe.call<Stripe.Customer>(
      'customer',
      (sdk) => sdk.customers.retrieve(customerId) as Promise<Stripe.Customer>,
    );
    if (given === null || 'deleted' in customer) return false;
    const chosen = idOfObject(customer.invoice_settings.default_payment_method);
    if (chosen === given) return false;
    if (chosen !== null && (await methodOf(chosen)).created > (await methodOf(given)).created) return false;
    // Said twice it is the same.
    await stripe.call('customer', (sdk) =>
      sdk.customers.update(customerId, { invoice_settings: { default_payment_method: given } }),
    );
    return true;
  };
}
