import { type Pool } from 'pg';

/**
 * Puts an organization on the newest version of a plan as if it had always been there, with billing periods that begin on the
 * day of `anchor` (UTC). A demo has a past, which a change of plan through the subscription service cannot have.
 * @throws Error if there is no such plan.
 */
export async function settleDemoPlan(
  pool: Pool,
  organizationId: string,
  { planKey, anchor }: { planKey: string; anchor: Date },
): Promise<void> {
  const { rowCount } = await pool.query(
    `with version as (select id from plan_versions where plan_key = $2 order by version desc limit 1),
       anchored as (update subscriptions set anchor = $3 where organization_id = $1),
       billed as (
         update billing_accounts a set billed_through = p.period_start, next_due_at = p.period_end
         from billing_period($3::date, $3::date::timestamp at time zone 'UTC') p where a.organization_id = $1
       ),
       -- What was counted since it was made (its first member) lies in the period of the new anchor.
       moved as (
         update quota_counters c set period_start = p.period_start
         from quota_counters k cross join lateral billing_period($3::date, k.as_of) p
         where k.organization_id = $1 and c.organization_id = $1 and c.livemode = k.livemode and c.metric = k.metric
           and c.period_start = k.period_start and k.period_start <> p.period_start
       )
     update subscription_phases set plan_version_id = version.id
     from version where organization_id = $1 and starts_at = '-infinity'`,
    [organizationId, planKey, anchor.toISOString().slice(0, 10)],
  );
  if (rowCount !== 1) throw new Error(`The demo organization cannot be put on the plan ${planKey}.`);
}
