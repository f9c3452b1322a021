import { type Pool } from 'pg';
import { z } from 'zod';
import { type PaymentMethodView } from '../payments/payment-contracts';

/** Statuses in which what was bought may be used: while a payment is late Stripe asks for it again, and dunning counts the days. */
const LIVE = new Set(['active', 'trialing', 'past_due']);

export const isLiveStatus = (status: string | null): boolean => status !== null && LIVE.has(status);

const customerRow = z.object({
  organizationId: z.uuid(),
  subscriptionId: z.string().nullable(),
  subscriptionStatus: z.string().nullable(),
});
type CustomerAtStripe = z.output<typeof customerRow>;

/** The organization that a customer at Stripe is; null: not one of ours. */
export async function readCustomerAtStripe(pool: Pool, customerId: string): Promise<CustomerAtStripe | null> {
  const { rows } = await pool.query(
    `select organization_id as "organizationId", subscription_id as "subscriptionId", subscription_status as "subscriptionStatus"
     from stripe_customers where customer_id = $1`,
    [customerId],
  );
  return customerRow.optional().parse(rows[0]) ?? null;
}

/** Keeps which subscription an organization has, and how it stands. */
export async function writeSubscription(
  pool: Pool,
  organizationId: string,
  { id, status }: { id: string; status: string },
): Promise<void> {
  await pool.query(
    `update stripe_customers set subscription_id = $2, subscription_status = $3, updated_at = clock_timestamp()
     where organization_id = $1 and (subscription_id, subscription_status) is distinct from ($2::text, $3::text)`,
    [organizationId, id, status],
  );
}

/** Keeps what pays, as far as it may be shown; null: nothing. */
export async function writePaymentMethod(
  pool: Pool,
  organizationId: string,
  method: PaymentMethodView | null,
): Promise<void> {
  await pool.query(
    `update stripe_customers set payment_method = $2, updated_at = clock_timestamp()
     where organization_id = $1 and payment_method is distinct from $2::jsonb`,
    [organizationId, method === null ? null : JSON.stringify(method)],
  );
}
