import { z } from 'zod';

export const paymentMethodView = z
  .object({
    type: z.string().describe("In Stripe's words, e.g. card."),
    brand: z.string().nullable().describe('Of a card its brand, of an account its bank.'),
    last4: z.string().nullable(),
    exp_month: z.int().nullable(),
    exp_year: z.int().nullable(),
  })
  .meta({ id: 'PaymentMethod' });
export type PaymentMethodView = z.output<typeof paymentMethodView>;

export const paymentView = z
  .object({
    enabled: z.boolean().describe('Whether payments go through Stripe here. If not, invoices are paid outside.'),
    payment_method: paymentMethodView.nullable(),
    subscription: z
      .object({ status: z.string().describe("In Stripe's words, e.g. active, past_due, canceled.") })
      .nullable()
      .describe('The subscription by which the plan is paid at Stripe; null: there was none.'),
  })
  .meta({ id: 'Payment' });
export type PaymentView = z.output<typeof paymentView>;

export const checkoutInput = z
  .strictObject({ plan: z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected the key of a plan, e.g. pro') })
  .meta({ id: 'CheckoutInput' });

export const checkoutView = z
  .object({
    url: z.url().describe('The page at Stripe on which the plan is paid.'),
    expires_at: z.iso.datetime().describe('Until when it can be.'),
  })
  .meta({ id: 'Checkout' });
export type CheckoutView = z.output<typeof checkoutView>;

export const portalView = z
  .object({ url: z.url().describe('The page at Stripe on which payment methods are changed and receipts kept.') })
  .meta({ id: 'BillingPortal' });
export type PortalView = z.output<typeof portalView>;
