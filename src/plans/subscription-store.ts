import { type PoolClient } from 'pg';
import { sqlStateOf } from '@/db';
import { AppError } from '@/kernel/errors';

export type PhaseReason =
  'upgrade' | 'downgrade' | 'cancel' | 'admin' | 'trial' | 'trial_ended' | 'subscribed' | 'restricted' | 'restored';

/** Who charges the plan's fee for a phase: our invoice, a subscription at Stripe, or nobody. */
export type PhaseFee = 'invoice' | 'stripe' | 'none';

/** What is known of an organization whose subscription is held. */
export interface HeldSubscription {
  /** Since when it has the free plan's limits because a payment failed, and the plan version that it gets back. */
  restricted: { from: string } | null;
}

/**
 * Holds the subscription against changes by others until the transaction ends, and before it the account of billing, which says
 * whether plans may be changed. @returns null where there is none.
 */
export async function lockSubscription(client: PoolClient, organizationId: string): Promise<HeldSubscription | null> {
  const account = await client.query<{ restricted_from: string | null }>(
    'select restricted_from from billing_accounts where organization_id = $1 for update',
    [organizationId],
  );
  const sql = 'select from subscriptions where organization_id = $1 for update';
  if ((await client.query(sql, [organizationId])).rowCount !== 1) return null;
  const from = account.rows[0]?.restricted_from ?? null;
  return { restricted: from === null ? null : { from } };
}

/** Notes that a payment failed and the free plan's limits hold for it; and which version comes back once it is paid. */
export async function setRestricted(
  client: PoolClient,
  organizationId: string,
  restricted: { at: Date; from: string } | null,
): Promise<void> {
  await client.query(
    'update billing_accounts set restricted_at = $2, restricted_from = $3 where organization_id = $1',
    [organizationId, restricted?.at ?? null, restricted?.from ?? null],
  );
}

/** What of the restricted organization is given back later. */
export async function setRestrictedFrom(client: PoolClient, organizationId: string, from: string): Promise<void> {
  await client.query('update billing_accounts set restricted_from = $2 where organization_id = $1', [
    organizationId,
    from,
  ]);
}

/** Lifts a restriction although nothing was paid: the days until it begins are counted anew. */
export async function forgiveForNow(client: PoolClient, organizationId: string, now: Date): Promise<void> {
  await client.query(
    `update billing_accounts set restricted_at = null, restricted_from = null, failing_since = $2
     where organization_id = $1 and restricted_at is not null`,
    [organizationId, now],
  );
}

export interface Phase {
  startsAt: Date;
  planVersionId: string;
  reason: string;
  fee: PhaseFee;
}

const PHASE = `plan_version_id as "planVersionId", reason, fee,
  case when starts_at = '-infinity' then 'epoch'::timestamptz else starts_at end as "startsAt"`;

/** The phase that holds at an instant, and the one after it. */
export async function readPhasesAt(
  client: PoolClient,
  organizationId: string,
  at: Date,
): Promise<{ present: Phase; next: Phase | null }> {
  const { rows } = await client.query<Phase & { later: boolean }>(
    `(select ${PHASE}, false as later from subscription_phases where organization_id = $1 and starts_at <= $2 order by subscription_phases.starts_at desc limit 1)
     union all
     (select ${PHASE}, true from subscription_phases where organization_id = $1 and starts_at > $2 order by subscription_phases.starts_at limit 1)`,
    [organizationId, at],
  );
  return { present: rows.find(({ later }) => !later)!, next: rows.find(({ later }) => later) ?? null };
}

/** The latest phase that began by an instant and is none of these; every organization has one, that of its sign-up. */
export async function readPhaseBut(
  client: PoolClient,
  organizationId: string,
  at: Date,
  reasons: readonly PhaseReason[],
): Promise<Phase> {
  const { rows } = await client.query<Phase>(
    `select ${PHASE} from subscription_phases
     where organization_id = $1 and starts_at <= $2 and reason <> all ($3) order by subscription_phases.starts_at desc limit 1`,
    [organizationId, at, reasons],
  );
  return rows[0]!;
}

/** Removes what was to happen after an instant, up to another. @returns the plan versions that will not come. */
export async function deletePhasesAfter(
  client: PoolClient,
  organizationId: string,
  at: Date,
  until: Date | null = null,
): Promise<string[]> {
  const { rows } = await client.query<{ plan_version_id: string }>(
    `delete from subscription_phases where organization_id = $1 and starts_at > $2 and starts_at <= coalesce($3::timestamptz, 'infinity')
     returning plan_version_id`,
    [organizationId, at, until],
  );
  return rows.map((row) => row.plan_version_id);
}

const OTHER_CURRENCY = 'TG009';

/**
 * From `startsAt` on the organization is on this version. Of two changes at the same instant the second holds.
 * @throws AppError invalid_request where it is billed in another currency than the version is priced in.
 */
export async function putPhase(
  client: PoolClient,
  organizationId: string,
  phase: { startsAt: Date; planVersionId: string; reason: PhaseReason; fee?: PhaseFee },
): Promise<void> {
  try {
    await client.query(
      `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason, fee) values ($1, $2, $3, $4, $5)
       on conflict (organization_id, starts_at) do update
       set plan_version_id = excluded.plan_version_id, reason = excluded.reason, fee = excluded.fee`,
      [organizationId, phase.startsAt, phase.planVersionId, phase.reason, phase.fee ?? 'invoice'],
    );
  } catch (error) {
    if (sqlStateOf(error) !== OTHER_CURRENCY) throw error;
    throw new AppError('invalid_request', (error as Error).message, { cause: error });
  }
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
