import { type PoolClient } from 'pg';

export type PhaseReason = 'upgrade' | 'downgrade' | 'cancel' | 'admin';

/** Holds the subscription against changes by others until the transaction ends. @returns whether there is one. */
export async function lockSubscription(client: PoolClient, organizationId: string): Promise<boolean> {
  const sql = 'select from subscriptions where organization_id = $1 for update';
  return (await client.query(sql, [organizationId])).rowCount === 1;
}

/** Removes what was to happen after an instant. @returns the plan versions that will not come. */
export async function deletePhasesAfter(client: PoolClient, organizationId: string, at: Date): Promise<string[]> {
  const { rows } = await client.query<{ plan_version_id: string }>(
    'delete from subscription_phases where organization_id = $1 and starts_at > $2 returning plan_version_id',
    [organizationId, at],
  );
  return rows.map((row) => row.plan_version_id);
}

/** From `startsAt` on the organization is on this version. Of two changes at the same instant the second holds. */
export async function putPhase(
  client: PoolClient,
  organizationId: string,
  phase: { startsAt: Date; planVersionId: string; reason: PhaseReason },
): Promise<void> {
  await client.query(
    `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason) values ($1, $2, $3, $4)
     on conflict (organization_id, starts_at) do update set plan_version_id = excluded.plan_version_id, reason = excluded.reason`,
    [organizationId, phase.startsAt, phase.planVersionId, phase.reason],
  );
}

export async function updateSpendCap(
  client: PoolClient,
  organizationId: string,
  spendCapMinor: number | null,
): Promise<void> {
  await client.query('update subscriptions set spend_cap_minor = $2 where organization_id = $1', [
    organizationId,
    spendCapMinor,
  ]);
}

/** Alerts of levels that usage has come back under, now that more is included, are over. */
export async function resolveUsageAlerts(client: PoolClient, organizationId: string, at: Date): Promise<void> {
  await client.query('select resolve_usage_alerts($1, $2)', [organizationId, at]);
}

export interface NewGrant {
  id: string;
  metric: string;
  units: number;
  reason: string;
  grantedBy: string;
  grantedAt: Date;
  expiresAt: Date | null;
}

export async function insertGrant(client: PoolClient, organizationId: string, grant: NewGrant): Promise<void> {
  await client.query(
    `insert into quota_grants (id, organization_id, metric, units, reason, granted_by, granted_at, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [
      grant.id,
      organizationId,
      grant.metric,
      grant.units,
      grant.reason,
      grant.grantedBy,
      grant.grantedAt,
      grant.expiresAt,
    ],
  );
}

/** Ends a grant. @returns whether it had not ended by revocation before. */
export async function endGrant(client: PoolClient, organizationId: string, id: string, at: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    'update quota_grants set revoked_at = $3 where organization_id = $1 and id = $2 and revoked_at is null',
    [organizationId, id, at],
  );
  return rowCount === 1;
}

export async function upsertOverride(
  client: PoolClient,
  organizationId: string,
  override: { metric: string; included: number | null; reason: string; setBy: string; setAt: Date },
): Promise<void> {
  await client.query(
    `insert into quota_overrides (organization_id, metric, included, reason, set_by, set_at) values ($1, $2, $3, $4, $5, $6)
     on conflict (organization_id, metric) do update
     set included = excluded.included, reason = excluded.reason, set_by = excluded.set_by, set_at = excluded.set_at`,
    [organizationId, override.metric, override.included, override.reason, override.setBy, override.setAt],
  );
}

/** @returns whether there was one. */
export async function deleteOverride(client: PoolClient, organizationId: string, metric: string): Promise<boolean> {
  const sql = 'delete from quota_overrides where organization_id = $1 and metric = $2';
  return (await client.query(sql, [organizationId, metric])).rowCount === 1;
}
