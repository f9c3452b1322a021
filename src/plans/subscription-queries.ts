import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type Adjustments, type GrantView } from './contracts';

const units = z.record(z.string(), z.number());

const termsRow = z.object({
  spend_cap_minor: z.coerce.number().nullable(),
  period_start: z.date(),
  period_end: z.date(),
  plan_version_id: z.string(),
  next_starts_at: z.date().nullable(),
  next_plan_version_id: z.string().nullable(),
  next_reason: z.string().nullable(),
  overrides: z.record(z.string(), z.number().nullable()),
  granted: units,
  next_grant_change: z.date().nullable(),
});

/** What the tables say of one organization at an instant, before its plan is looked up. */
export interface SubscriptionTerms extends Adjustments {
  organizationId: string;
  spendCapMinor: number | null;
  period: { from: Date; to: Date };
  planVersionId: string;
  /** The change that happens by itself. */
  next: { startsAt: Date; planVersionId: string; reason: string } | null;
  /** When the next of the grants begins or ends by itself. */
  nextGrantChange: Date | null;
}

/**
 * The terms of an organization at an instant, in one round trip; null for an unknown organization.
 *
 * A grant counts in a period with what other periods have not drawn of it; before it was given and once it has ended, with
 * what the period itself has drawn. (quota_terms, by which units are lent, says the same.)
 */
export async function readTerms(
  runner: Pool | PoolClient,
  organizationId: string,
  at: Date,
): Promise<SubscriptionTerms | null> {
  const { rows } = await runner.query<Record<string, unknown>>(
    `select s.spend_cap_minor, p.period_start, p.period_end, now_on.plan_version_id,
       next.starts_at as next_starts_at, next.plan_version_id as next_plan_version_id, next.reason as next_reason,
       coalesce(o.overrides, '{}') as overrides, coalesce(g.granted, '{}') as granted, g.next_grant_change
     from subscriptions s
     cross join lateral billing_period(s.anchor, $2) p
     cross join lateral (
       select plan_version_id from subscription_phases
       where organization_id = s.organization_id and starts_at <= $2 order by starts_at desc limit 1
     ) now_on
     left join lateral (
       select starts_at, plan_version_id, reason from subscription_phases
       where organization_id = s.organization_id and starts_at > $2 order by starts_at limit 1
     ) next on true
     cross join lateral (
       select jsonb_object_agg(metric, included) as overrides from quota_overrides where organization_id = s.organization_id
     ) o
     cross join lateral (
       select jsonb_object_agg(metric, units) as granted, min(next_change) as next_grant_change
       from (
         select q.metric, least(min(q.expires_at) filter (where alive), min(q.granted_at) filter (where q.granted_at > $2)) as next_change,
           sum(case when alive then greatest(q.units - elsewhere, 0) else here end) as units
         from quota_grants q
         cross join lateral (
           select q.granted_at <= $2 and coalesce(q.expires_at > $2, true) and coalesce(q.revoked_at > $2, true) as alive
         ) a
         cross join lateral (
           select coalesce(sum(d.units) filter (where d.period_start = p.period_start), 0) as here,
             coalesce(sum(d.units) filter (where d.period_start <> p.period_start), 0) as elsewhere
           from quota_grant_draws d where d.grant_id = q.id
         ) drawn
         where q.organization_id = s.organization_id
         group by q.metric
       ) by_metric
     ) g
     where s.organization_id = $1`,
    [organizationId, at],
  );
  return rows[0] ? toTerms(organizationId, termsRow.parse(rows[0])) : null;
}

const toTerms = (organizationId: string, row: z.output<typeof termsRow>): SubscriptionTerms => ({
  organizationId,
  spendCapMinor: row.spend_cap_minor,
  period: { from: row.period_start, to: row.period_end },
  planVersionId: row.plan_version_id,
  next:
    row.next_starts_at && row.next_plan_version_id && row.next_reason
      ? { startsAt: row.next_starts_at, planVersionId: row.next_plan_version_id, reason: row.next_reason }
      : null,
  overrides: row.overrides,
  granted: row.granted,
  nextGrantChange: row.next_grant_change,
});

const instant = z.date().transform((date) => date.toISOString());
const grantRow = z.object({
  id: z.string(),
  metric: z.string(),
  units: z.coerce.number(),
  units_drawn: z.coerce.number(),
  reason: z.string(),
  granted_by: z.string(),
  granted_at: instant,
  expires_at: instant.nullable(),
  revoked_at: instant.nullable(),
});

/** Grants of an organization, the newest first: all, or one. */
export async function readGrants(
  runner: Pool | PoolClient,
  organizationId: string,
  id: string | null = null,
): Promise<GrantView[]> {
  const { rows } = await runner.query(
    `select g.id, g.metric, g.units, g.reason, g.granted_by, g.granted_at, g.expires_at, g.revoked_at,
       (select coalesce(sum(d.units), 0) from quota_grant_draws d where d.grant_id = g.id) as units_drawn
     from quota_grants g
     where g.organization_id = $1 and g.id = coalesce($2, g.id)
     order by g.granted_at desc, g.id`,
    [organizationId, id],
  );
  return z.array(grantRow).parse(rows);
}
