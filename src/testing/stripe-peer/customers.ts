import type Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { listPage, isWithin } from './object-table';
import { metadata, paging, paramsOf, range, text } from './params';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

const addressParam = z.strictObject({
  city: text.optional(),
  country: text.optional(),
  line1: text.optional(),
  line2: text.optional(),
  postal_code: text.optional(),
  state: text.optional(),
});

const fields = {
  name: z.string().max(256).optional(),
  email: z.string().max(512).optional(),
  description: text.optional(),
  phone: z.string().max(20).optional(),
  address: z.union([z.literal(''), addressParam]).optional(),
  metadata: metadata.optional(),
};

const createParams = paramsOf<Stripe.CustomerCreateParams>()(fields);
const updateParams = paramsOf<Stripe.CustomerUpdateParams>()({
  ...fields,
  invoice_settings: z.strictObject({ default_payment_method: text }).optional(),
});
const listParams = paramsOf<Stripe.CustomerListParams>()({
  ...paging,
  email: text.optional(),
  created: range.optional(),
});

function createCustomer(world: PeerWorld, input: z.output<typeof createParams>): Stripe.Customer {
  const customer: Stripe.Customer = {
    id: world.newId('cus'),
    object: 'customer',
    address: null,
    balance: 0,
    created: world.seconds(),
    currency: null,
    customer_account: null,
    default_source: null,
    delinquent: false,
    description: null,
    discount: null,
    email: null,
    invoice_settings: { custom_fields: null, default_payment_method: null, footer: null, rendering_options: null },
    livemode: false,
    metadata: {},
    name: null,
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: 'none',
    test_clock: null,
  };
  write(customer, input);
  world.customers.add(customer);
  world.emit('customer.created', customer);
  return customer;
}

function updateCustomer(world: PeerWorld, input: z.output<typeof updateParams>, id: string): Stripe.Customer {
  const customer = world.customers.get(id, 'customer');
  write(customer, input);
  if (input.invoice_settings) setDefaultMethod(world, customer, input.invoice_settings.default_payment_method);
  world.emit('customer.updated', customer);
  return customer;
}

/** '' takes it away; else it must be one that the customer has. */
function setDefaultMethod(world: PeerWorld, customer: Stripe.Customer, id: string): void {
  if (
    id !== '' &&
    idOf(world.paymentMethods.get(id, 'invoice_settings[default_payment_method]').customer) !== customer.id
  ) {
    throw invalidRequest(`The customer does not have a payment method with the ID ${id}`, 'resource_missing', 'id');
  }
  customer.invoice_settings.default_payment_method = id || null;
}

function write(customer: Stripe.Customer, input: z.output<typeof updateParams>): void {
  customer.metadata = mergedMetadata(customer.metadata, input.metadata);
  if (input.name !== undefined) customer.name = input.name || null;
  if (input.email !== undefined) customer.email = input.email || null;
  if (input.description !== undefined) customer.description = input.description || null;
  if (input.phone !== undefined) customer.phone = input.phone || null;
  if (input.address !== undefined) {
    const nothing = { city: null, country: null, line1: null, line2: null, postal_code: null, state: null };
    customer.address = input.address === '' ? null : { ...nothing, ...input.address };
  }
}

export const customerEndpoints = [
  endpoint('POST /v1/customers', createParams, createCustomer),
  endpoint('GET /v1/customers', listParams, (world, input): Stripe.ApiList<Stripe.Customer> => {
    const found = world.customers
      .newestFirst()
      .filter((one) => input.email === undefined || one.email === input.email)
      .filter((one) => isWithin(one.created, input.created));
    return listPage(found, '/v1/customers', input);
  }),
  endpoint('GET /v1/customers/:id', paramsOf<object>()({}), (world, _, id): Stripe.Customer => world.customers.get(id)),
  endpoint('POST /v1/customers/:id', updateParams, updateCustomer),
];
