import { randomUUID } from 'node:crypto';
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue, createPlanCatalogue } from '@/plans';
import { createQuotaStore, createSpendCap } from '@/quotas';
import { createOrganization } from './test-database';

/** The stores that share the counters, on one pool, and what lends from them. */
export function quotaStoresOn(pool: Pool) {
  const quotaStore = createQuotaStore({ pool });
  return {
    quotaStore,
    usageStore: createUsageStore({
      pool,
      labels: createLabelStore({ pool }),
      catalogue: createMetricCatalogue({ pool }),
      routeLimit: 500,
    }),
    spendCap: createSpendCap({ pool, catalogue: createPlanCatalogue({ pool }), store: quotaStore }),
  };
}

/** An organization on the free plan whose periods began on the first of January 2026. */
export async function createSubscriber(pool: Pool): Promise<string> {
  const { id } = await createOrganization(pool);
  await pool.query(`update subscriptions set anchor = '2026-01-01' where organization_id = $1`, [id]);
  return id;
}

/** Takes the place of what the plan includes; null is unlimited. */
export async function setIncluded(
  runner: Pool | PoolClient,
  organizationId: string,
  metric: string,
  included: number | null,
) {
  await runner.query(
    `insert into quota_overrides (organization_id, metric, included, reason, set_by) values ($1, $2, $3, 'test', 'test')
     on conflict (organization_id, metric) do update set included = excluded.included`,
    [organizationId, metric, included],
  );
}

/** In minor units of the plan's currency; null is no cap. */
export async function setSpendCap(pool: Pool, organizationId: string, capMinor: number | null): Promise<void> {
  await pool.query('update subscriptions set spend_cap_minor = $2 where organization_id = $1', [
    organizationId,
    capMinor,
  ]);
}

/** Adds units; resolves to the grant's id. */
export async function addGrant(
  pool: Pool,
  organizationId: string,
  grant: { metric: string; units: number; grantedAt: Date; expiresAt?: Date },
): Promise<string> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into quota_grants (organization_id, metric, units, reason, granted_by, granted_at, expires_at)
     values ($1, $2, $3, 'test', 'test', $4, $5) returning id`,
    [organizationId, grant.metric, grant.units, grant.grantedAt, grant.expiresAt ?? null],
  );
  return rows[0]!.id;
}

/** An open alert of one of an organization's levels, for `api_calls`. */
export async function leaveAlert(
  pool: Pool,
  organizationId: string,
  { level, periodStart, used, included }: { level: string; periodStart: Date; used: number; included: number },
): Promise<void> {
  await pool.query(
    `insert into usage_alerts (organization_id, rule_id, kind, level, name, severity, threshold, metric, period_start, used, included)
     select organization_id, id, kind, level, name, severity, threshold, 'api_calls', $3, $4, $5
     from alert_rules where organization_id = $1 and level = $2`,
    [organizationId, level, periodStart, used, included],
  );
}

/** Puts an organization on another plan from an instant on. */
export async function startPlan(
  runner: Pool | PoolClient,
  organizationId: string,
  planKey: string,
  at: Date,
): Promise<void> {
  await runner.query(
    `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
     select $1, $3, id, 'admin' from plan_versions where plan_key = $2 order by version desc limit 1`,
    [organizationId, planKey, at],
  );
}

/** A plan, made once, that includes so much of one metric and holds it hard; resolves to its key. */
export async function createHardPlan(pool: Pool, metric: string, included: number): Promise<string> {
  const key = `hard_${included}`;
  await inTransaction(pool, async (client) => {
    const made = await client.query(
      `insert into plans (key, name, rank) values ($1, $1, 1000 + $2::integer) on conflict do nothing`,
      [key, included],
    );
    if (!made.rowCount) return;
    const { rows } = await client.query<{ id: string }>(
      `insert into plan_versions (plan_key, version, price_minor, requests_per_minute) values ($1, 1, 0, 100) returning id`,
      [key],
    );
    await client.query(
      `insert into plan_limits (plan_version_id, metric, included, enforcement, on_outage) values ($1, $2, $3, 'hard', 'deny')`,
      [rows[0]!.id, metric, included],
    );
  });
  return key;
}

/** A request to lend, with what most tests do not care about filled in. */
export const lendRequest = (
  given: { organizationId: string; at: Date } & Partial<Parameters<ReturnType<typeof createQuotaStore>['lend']>[0]>,
) => ({
  livemode: true,
  metric: 'api_calls',
  need: 1,
  want: 1,
  holderId: randomUUID(),
  useMs: 30_000,
  reclaimMs: 3_600_000,
  ceiling: null,
  ...given,
});
