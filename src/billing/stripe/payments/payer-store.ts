import { type Pool } from 'pg';
import { z } from 'zod';
import { type EffectKind } from '../effect-store';
import { paymentMethodView } from './payment-contracts';

const payerRow = z.object({
  anchorDay: z.int().min(1).max(31),
  isTrial: z.boolean(),
  isRestricted: z.boolean(),
  customerId: z.string().nullable(),
  subscriptionId: z.string().nullable(),
  subscriptionStatus: z.string().nullable(),
  paymentMethod: paymentMethodView.nullable(),
});
/** What there is to know of an organization before it pays. */
export type Payer = z.output<typeof payerRow>;

/** @param livemode of which of Stripe's worlds; what belongs to the other is as if it were not there. */
export async function readPayer(
  pool: Pool,
  organizationId: string,
  livemode: boolean,
  at: Date,
): Promise<Payer | null> {
  const { rows } = await pool.query(
    `select extract(day from s.anchor)::integer as "anchorDay", present.reason = 'trial' as "isTrial",
       a.restricted_at is not null as "isRestricted", c.customer_id as "customerId", c.subscription_id as "subscriptionId",
       c.subscription_status as "subscriptionStatus", c.payment_method as "paymentMethod"
     from subscriptions s
     join billing_accounts a on a.organization_id = s.organization_id
     left join stripe_customers c on c.organization_id = s.organization_id and c.livemode = $2
     cross join lateral (
       select reason from subscription_phases p where p.organization_id = s.organization_id and p.starts_at <= $3 order by p.starts_at desc limit 1
     ) present
     where s.organization_id = $1`,
    [organizationId, livemode, at],
  );
  return payerRow.optional().parse(rows[0]) ?? null;
}

/** How many effects of a kind an organization had that are over: the number of the next one. */
export async function countOver(pool: Pool, organizationId: string, kind: EffectKind): Promise<number> {
  const { rows } = await pool.query<{ over: number }>(
    `select count(*)::integer as over from stripe_effects where organization_id = $1 and kind = $2 and state <> 'pending'`,
    [organizationId, kind],
  );
  return rows[0]!.over;
}
