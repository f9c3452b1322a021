import Stripe from 'stripe';
import { z } from 'zod';
import { endpoint } from './endpoint';
import { listPage } from './object-table';
import { bool, currency, int, metadata, paging, paramsOf, text } from './params';
import { type PeerWorld, idOf, mergedMetadata } from './peer-world';
import { invalidRequest } from './stripe-error';

const productFields = { active: bool.optional(), description: text.optional(), metadata: metadata.optional() };
const createProductParams = paramsOf<Stripe.ProductCreateParams>()({
  ...productFields,
  name: text.min(1),
  id: text.optional(),
});
const updateProductParams = paramsOf<Stripe.ProductUpdateParams>()({ ...productFields, name: text.min(1).optional() });
const listProductParams = paramsOf<Stripe.ProductListParams>()({ ...paging, active: bool.optional() });

const createPriceParams = paramsOf<Stripe.PriceCreateParams>()({
  currency,
  product: text,
  unit_amount: int.refine((amount) => amount >= 0, 'must not be negative'),
  recurring: z
    .strictObject({
      interval: z.enum(['day', 'week', 'month', 'year']),
      interval_count: int.optional(),
    })
    .optional(),
  nickname: text.optional(),
  lookup_key: z.string().max(200).optional(),
  metadata: metadata.optional(),
});
const updatePriceParams = paramsOf<Stripe.PriceUpdateParams>()({
  active: bool.optional(),
  nickname: text.optional(),
  metadata: metadata.optional(),
});
const listPriceParams = paramsOf<Stripe.PriceListParams>()({
  ...paging,
  active: bool.optional(),
  product: text.optional(),
  lookup_keys: z.array(text).max(10).optional(),
});

function createProduct(world: PeerWorld, input: z.output<typeof createProductParams>): Stripe.Product {
  const taken = world.products.all().some((product) => product.id === input.id);
  if (taken) throw invalidRequest(`Product already exists: '${input.id}'`, 'resource_already_exists', 'id');
  const product: Stripe.Product = {
    id: input.id ?? world.newId('prod'),
    object: 'product',
    active: input.active ?? true,
    created: world.seconds(),
    default_price: null,
    description: input.description ?? null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: mergedMetadata({}, input.metadata),
    name: input.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: 'service',
    unit_label: null,
    updated: world.seconds(),
    url: null,
  };
  world.emit('product.created', product);
  return world.products.add(product);
}

function updateProduct(world: PeerWorld, input: z.output<typeof updateProductParams>, id: string): Stripe.Product {
  const product = world.products.get(id);
  product.metadata = mergedMetadata(product.metadata, input.metadata);
  if (input.active !== undefined) product.active = input.active;
  if (input.description !== undefined) product.description = input.description || null;
  if (input.name !== undefined) product.name = input.name;
  product.updated = world.seconds();
  world.emit('product.updated', product);
  return product;
}

function createPrice(world: PeerWorld, input: z.output<typeof createPriceParams>): Stripe.Price {
  world.products.get(input.product, 'product');
  const sameKey = world.prices.all().some((price) => price.lookup_key === input.lookup_key);
  if (input.lookup_key !== undefined && sameKey) {
    throw invalidRequest(`A price already uses that lookup key: ${input.lookup_key}`, undefined, 'lookup_key');
  }
  const price: Stripe.Price = {
    id: world.newId('price'),
    object: 'price',
    active: true,
    billing_scheme: 'per_unit',
    created: world.seconds(),
    currency: input.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: input.lookup_key ?? null,
    metadata: mergedMetadata({}, input.metadata),
    nickname: input.nickname ?? null,
    product: input.product,
    recurring: input.recurring
      ? {
          interval: input.recurring.interval,
          interval_count: input.recurring.interval_count ?? 1,
          meter: null,
          trial_period_days: null,
          usage_type: 'licensed',
        }
      : null,
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: input.recurring ? 'recurring' : 'one_time',
    unit_amount: input.unit_amount,
    unit_amount_decimal: Stripe.Decimal.from(String(input.unit_amount)),
  };
  world.emit('price.created', price);
  return world.prices.add(price);
}

function updatePrice(world: PeerWorld, input: z.output<typeof updatePriceParams>, id: string): Stripe.Price {
  const price = world.prices.get(id);
  price.metadata = mergedMetadata(price.metadata, input.metadata);
  if (input.active !== undefined) price.active = input.active;
  if (input.nickname !== undefined) price.nickname = input.nickname || null;
  world.emit('price.updated', price);
  return price;
}

const nothing = paramsOf<object>()({});

export const catalogueEndpoints = [
  endpoint('POST /v1/products', createProductParams, createProduct),
  endpoint('GET /v1/products', listProductParams, (world, input): Stripe.ApiList<Stripe.Product> => {
    const found = world.products
      .newestFirst()
      .filter((one) => input.active === undefined || one.active === input.active);
    return listPage(found, '/v1/products', input);
  }),
  endpoint('GET /v1/products/:id', nothing, (world, _, id): Stripe.Product => world.products.get(id)),
  endpoint('POST /v1/products/:id', updateProductParams, updateProduct),
  endpoint('POST /v1/prices', createPriceParams, createPrice),
  endpoint('GET /v1/prices', listPriceParams, (world, input): Stripe.ApiList<Stripe.Price> => {
    const found = world.prices
      .newestFirst()
      .filter((one) => input.active === undefined || one.active === input.active)
      .filter((one) => input.product === undefined || idOf(one.product) === input.product)
      .filter((one) => input.lookup_keys === undefined || input.lookup_keys.includes(one.lookup_key ?? ''));
    return listPage(found, '/v1/prices', input);
  }),
  endpoint('GET /v1/prices/:id', nothing, (world, _, id): Stripe.Price => world.prices.get(id)),
  endpoint('POST /v1/prices/:id', updatePriceParams, updatePrice),
];
