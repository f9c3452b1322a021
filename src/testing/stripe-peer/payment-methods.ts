import type Stripe from 'stripe';
import { endpoint } from './endpoint';
import { listPage } from './object-table';
import { paging, paramsOf, text } from './params';
import { type PeerWorld, idOf } from './peer-world';

/** A person gives a card, which is the customer's from then on. */
export function giveCard(world: PeerWorld, customer: string, card: { brand?: string; last4?: string } = {}): string {
  const nothing = { address: null, email: null, name: null, phone: null, tax_id: null };
  const method: Stripe.PaymentMethod = {
    id: world.newId('pm'),
    object: 'payment_method',
    billing_details: nothing,
    card: {
      brand: card.brand ?? 'visa',
      checks: null,
      country: 'US',
      display_brand: card.brand ?? 'visa',
      exp_month: 4,
      exp_year: 2034,
      funding: 'credit',
      generated_from: null,
      last4: card.last4 ?? '4242',
      networks: null,
      regulated_status: null,
      three_d_secure_usage: null,
      wallet: null,
    },
    created: world.seconds(),
    customer,
    customer_account: null,
    livemode: false,
    metadata: {},
    type: 'card',
  };
  world.paymentMethods.add(method);
  world.emit('payment_method.attached', method);
  return method.id;
}

const listParams = paramsOf<Stripe.CustomerListPaymentMethodsParams>()({ ...paging, type: text.optional() });

export const paymentMethodEndpoints = [
  endpoint('GET /v1/payment_methods/:id', paramsOf<object>()({}), (world, _, id): Stripe.PaymentMethod =>
    world.paymentMethods.get(id),
  ),
  endpoint(
    'GET /v1/customers/:id/payment_methods',
    listParams,
    (world, input, id): Stripe.ApiList<Stripe.PaymentMethod> => {
      const customer = world.customers.get(id, 'customer').id;
      const found = world.paymentMethods
        .newestFirst()
        .filter((one) => idOf(one.customer) === customer)
        .filter((one) => input.type === undefined || one.type === input.type);
      return listPage(found, `/v1/customers/${id}/payment_methods`, input);
    },
  ),
];
