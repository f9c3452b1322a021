import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';

/** How a customer is addressed, by Stripe's names; what is not known is ''. */
const customerDetails = z.record(z.string(), z.string());
export type CustomerDetails = z.output<typeof customerDetails>;

/** An organization at Stripe. */
export interface StripeCustomer {
  customerId: string;
  livemode: boolean;
  /** As Stripe was told last. */
  details: CustomerDetails;
  subscriptionId: string | null;
  /** In Stripe's words. */
  subscriptionStatus: string | null;
  /** Whether there is a card, or the like, that can be charged. */
  hasPaymentMethod: boolean;
}

const customerRow = z
  .object({
    customer_id: z.string(),
    livemode: z.boolean(),
    details: customerDetails,
    subscription_id: z.string().nullable(),
    subscription_status: z.string().nullable(),
    has_payment_method: z.boolean(),
  })
  .transform((row): StripeCustomer => ({
    customerId: row.customer_id,
    livemode: row.livemode,
    details: row.details,
    subscriptionId: row.subscription_id,
    subscriptionStatus: row.subscription_status,
    hasPaymentMethod: row.has_payment_method,
  }));

/** @returns null while Stripe does not know the organization. */
export async function readStripeCustomer(
  pool: Pool | PoolClient,
  organizationId: string,
): Promise<StripeCustomer | null> {
  const { rows } = await pool.query(
    `select customer_id, livemode, details, subscription_id, subscription_status, payment_method is not null as has_payment_method
     from stripe_customers where organization_id = $1`,
    [organizationId],
  );
  return rows[0] === undefined ? null : customerRow.parse(rows[0]);
}

/** Whether invoices of the customer's subscription are still to come. */
export const isSubscribed = ({ subscriptionStatus: status }: StripeCustomer): boolean =>
  status !== null && ['active', 'past_due', 'trialing', 'unpaid'].includes(status);

/** Stripe knows the organization from now on, under this id. One of the other world, sandbox or live, is replaced with all it had. */
export async function writeStripeCustomer(
  client: PoolClient,
  customer: { organizationId: string; customerId: string; livemode: boolean; details: CustomerDetails; at: Date },
): Promise<void> {
  await client.query(
    `insert into stripe_customers (organization_id, customer_id, livemode, details, updated_at) values ($1, $2, $3, $4, $5)
     on conflict (organization_id) do update set customer_id = excluded.customer_id, livemode = excluded.livemode, details = excluded.details,
       subscription_id = null, subscription_status = null, payment_method = null, updated_at = excluded.updated_at
     where stripe_customers.livemode <> excluded.livemode`,
    [customer.organizationId, customer.customerId, customer.livemode, customer.details, customer.at],
  );
}

/** Stripe was told of other details. */
export async function writeCustomerDetails(
  client: PoolClient,
  organizationId: string,
  details: CustomerDetails,
  at: Date,
): Promise<void> {
  await client.query('update stripe_customers set details = $2, updated_at = $3 where organization_id = $1', [
    organizationId,
    details,
    at,
  ]);
}

const accountRow = z.object({
  name: z.string(),
  email: z.string().nullable(),
  address: z.record(z.string(), z.string().nullable()),
});

export const ADDRESS_PARTS = ['line1', 'line2', 'postal_code', 'city', 'state', 'country'] as const;

/** How an organization's account says now that it is to be addressed. */
export async function readDetails(pool: Pool, organizationId: string): Promise<CustomerDetails> {
  const { rows } = await pool.query(
    `select coalesce(a.legal_name, o.name) as name, a.address,
       coalesce(a.email, (select m.email from organization_members m where m.organization_id = o.id and m.role = 'owner' order by m.created_at, m.user_id limit 1)) as email
     from organizations o join billing_accounts a on a.organization_id = o.id where o.id = $1`,
    [organizationId],
  );
  const { name, email, address } = accountRow.parse(rows[0]);
  const parts = ADDRESS_PARTS.map((part) => [part, address[part] ?? ''] as const);
  return Object.fromEntries([['name', name.slice(0, 256)], ['email', email ?? ''], ...parts]);
}
