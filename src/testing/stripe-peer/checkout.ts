import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { listPage } from './object-table';
import { bool, int, metadata, paging, paramsOf, text } from './params';
import { type PeerWorld, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

const autoOrNever = z.enum(['auto', 'never']).optional();
const upTo = (most: number) => int.refine((value) => value >= 0 && value <= most, `0 to ${most}`).optional();
const anchorConfig = z.strictObject({
  day_of_month: int.refine((day) => day >= 1 && day <= 31, '1 to 31'),
  hour: upTo(23),
  minute: upTo(59),
  second: upTo(59),
});
const createParams = paramsOf<Stripe.Checkout.SessionCreateParams>()({
  mode: z.literal('subscription'),
  customer: text,
  line_items: z
    .array(z.strictObject({ price: text, quantity: int.optional() }))
    .min(1)
    .max(20),
  success_url: text,
  cancel_url: text.optional(),
  client_reference_id: z.string().max(200).optional(),
  metadata: metadata.optional(),
  subscription_data: z
    .strictObject({
      metadata: metadata.optional(),
      description: text.optional(),
      billing_cycle_anchor_config: anchorConfig.optional(),
      proration_behavior: z.enum(['create_prorations', 'none']).optional(),
    })
    .optional(),
  allow_promotion_codes: bool.optional(),
  automatic_tax: z.strictObject({ enabled: bool }).optional(),
  billing_address_collection: z.enum(['auto', 'required']).optional(),
  customer_update: z.strictObject({ address: autoOrNever, name: autoOrNever }).optional(),
  tax_id_collection: z.strictObject({ enabled: bool }).optional(),
  expires_at: int.optional(),
});
const listParams = paramsOf<Stripe.Checkout.SessionListParams>()({
  ...paging,
  customer: text.optional(),
  subscription: text.optional(),
  status: z.enum(['open', 'complete', 'expired']).optional(),
});

function createSession(world: PeerWorld, input: z.output<typeof createParams>): Stripe.Checkout.Session {
  const customer = world.customers.get(input.customer, 'customer');
  const items = input.line_items.map((item, at) => {
    const price = world.prices.get(item.price, `line_items[${at}][price]`);
    return {
      price: price.id,
      quantity: item.quantity ?? 1,
      amount: (price.unit_amount ?? 0) * (item.quantity ?? 1),
      of: price,
    };
  });
  if (!items.some((item) => item.of.recurring)) {
    throw invalidRequest('You must provide at least one recurring price in subscription mode', undefined, 'line_items');
  }
  const total = items.reduce((sum, item) => sum + item.amount, 0);
  const id = world.newId('cs_test');
  const session: Stripe.Checkout.Session = {
    id,
    object: 'checkout.session',
    adaptive_pricing: null,
    after_expiration: null,
    allow_promotion_codes: input.allow_promotion_codes ?? null,
    allowed_payment_method_types: null,
    amount_subtotal: total,
    amount_total: total,
    automatic_tax: {
      enabled: input.automatic_tax?.enabled ?? false,
      liability: null,
      provider: null,
      status: null,
    },
    billing_address_collection: input.billing_address_collection ?? null,
    cancel_url: input.cancel_url ?? null,
    client_reference_id: input.client_reference_id ?? null,
    client_secret: null,
    collected_information: null,
    consent: null,
    consent_collection: null,
    created: world.seconds(),
    currency: items[0]?.of.currency ?? null,
    currency_conversion: null,
    custom_fields: [],
    custom_text: { after_submit: null, shipping_address: null, submit: null, terms_of_service_acceptance: null },
    customer: customer.id,
    customer_account: null,
    customer_creation: null,
    customer_details: null,
    customer_email: null,
    discounts: [],
    expires_at: input.expires_at ?? world.seconds() + 86_400,
    integration_identifier: null,
    invoice: null,
    invoice_creation: null,
    livemode: false,
    locale: null,
    managed_payments: null,
    metadata: mergedMetadata({}, input.metadata),
    mode: 'subscription',
    origin_context: null,
    payment_intent: null,
    payment_link: null,
    payment_method_collection: 'always',
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ['card'],
    payment_status: 'unpaid',
    permissions: null,
    recovered_from: null,
    saved_payment_method_options: null,
    setup_intent: null,
    shipping_address_collection: null,
    shipping_cost: null,
    shipping_options: [],
    status: 'open',
    submit_type: null,
    subscription: null,
    success_url: input.success_url,
    total_details: { amount_discount: 0, amount_shipping: 0, amount_tax: 0 },
    ui_mode: 'hosted_page',
    url: `${world.origin}/pages/checkout/${id}`,
    wallet_options: null,
  };
  const wanted = items.map(({ price, quantity }) => ({ price, quantity }));
  world.checkoutItems.set(id, wanted);
  const {
    metadata: named,
    billing_cycle_anchor_config: anchor,
    proration_behavior: proration,
  } = {
    ...input.subscription_data,
  };
  world.checkoutSubscriptions.set(id, {
    metadata: mergedMetadata({}, named),
    anchor: anchor ? { hour: null, minute: null, second: null, ...anchor, month: null } : null,
    prorates: proration !== 'none',
  });
  return world.checkoutSessions.add(session);
}

function expireSession(world: PeerWorld, id: string): Stripe.Checkout.Session {
  const session = world.checkoutSessions.get(id);
  if (session.status !== 'open') throw invalidRequest(`Only open sessions can expire; ${id} is ${session.status}`);
  session.status = 'expired';
  session.url = null;
  world.emit('checkout.session.expired', session);
  return session;
}

const portalParams = paramsOf<Stripe.BillingPortal.SessionCreateParams>()({
  customer: text,
  return_url: text.optional(),
  configuration: text.optional(),
});

function createPortalSession(world: PeerWorld, input: z.output<typeof portalParams>): Stripe.BillingPortal.Session {
  const id = world.newId('bps');
  world.portalReturns.set(id, input.return_url ?? '/');
  return {
    id,
    object: 'billing_portal.session',
    configuration: input.configuration ?? 'bpc_default',
    created: world.seconds(),
    customer: world.customers.get(input.customer, 'customer').id,
    customer_account: null,
    flow: null,
    livemode: false,
    locale: null,
    on_behalf_of: null,
    return_url: input.return_url ?? null,
    url: `${world.origin}/pages/portal/${id}`,
  };
}

const nothing = paramsOf<object>()({});

export const checkoutEndpoints = [
  endpoint('POST /v1/checkout/sessions', createParams, createSession),
  endpoint('GET /v1/checkout/sessions', listParams, (world, input): Stripe.ApiList<Stripe.Checkout.Session> => {
    const found = world.checkoutSessions
      .newestFirst()
      .filter((one) => input.customer === undefined || one.customer === input.customer)
      .filter((one) => input.subscription === undefined || one.subscription === input.subscription)
      .filter((one) => input.status === undefined || one.status === input.status);
    return listPage(found, '/v1/checkout/sessions', input);
  }),
  endpoint('GET /v1/checkout/sessions/:id', nothing, (world, _, id): Stripe.Checkout.Session =>
    world.checkoutSessions.get(id),
  ),
  endpoint('POST /v1/checkout/sessions/:id/expire', nothing, (world, _, id) => expireSession(world, id)),
  endpoint('POST /v1/billing_portal/sessions', portalParams, createPortalSession),
];
