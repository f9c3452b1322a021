import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { type PaymentMethodView } from '../payments/payment-contracts';
import { type StripeClient } from '../stripe-client';
import { readCustomerAtStripe, writePaymentMethod } from './followed-customer-store';
import { idOfObject } from '../id-of-object';

/** Keeps for display what a customer pays with. @returns what came of it. */
export type FollowCustomer = (customerId: string) => Promise<string>;

/**
 * `customer.updated`, `payment_method.*`, and after a checkout: that of the subscription, else the customer's own, else the latest
 * that they gave, as Stripe chooses.
 */
export function createFollowCustomer({ pool, stripe }: { pool: Pool; stripe: StripeClient }): FollowCustomer {
  async function methodOf(customerId: string, subscriptionId: string | null): Promise<Stripe.PaymentMethod | null> {
    const customer = await stripe.call<Stripe.Customer>(
      'customer',
      (sdk) => sdk.customers.retrieve(customerId) as Promise<Stripe.Customer>,
    );
    if ('deleted' in customer) return null;
    const chosen =
      subscriptionId &&
      idOfObject(
        (await stripe.call('subscription', (sdk) => sdk.subscriptions.retrieve(subscriptionId))).default_payment_method,
      );
    const id = chosen || idOfObject(customer.invoice_settings.default_payment_method);
    if (id) return stripe.call('payment_method', (sdk) => sdk.paymentMethods.retrieve(id));
    const [latest] = await stripe.list('payment_method', (sdk, paging) =>
      sdk.customers.listPaymentMethods(customerId, paging),
    );
    return latest ?? null;
  }

  return async (customerId) => {
    const known = await readCustomerAtStripe(pool, customerId);
    if (!known) return 'of no organization';
    const method = await methodOf(customerId, known.subscriptionId);
    await writePaymentMethod(pool, known.organizationId, method && shown(method));
    return method ? 'payment method kept' : 'no payment method';
  };
}

function shown({ type, card, sepa_debit, us_bank_account }: Stripe.PaymentMethod): PaymentMethodView {
  return {
    type,
    brand: card?.display_brand ?? card?.brand ?? us_bank_account?.bank_name ?? null,
    last4: card?.last4 ?? sepa_debit?.last4 ?? us_bank_account?.last4 ?? null,
    exp_month: card?.exp_month ?? null,
    exp_year: card?.exp_year ?? null,
  };
}
