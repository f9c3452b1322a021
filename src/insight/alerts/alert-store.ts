/** What a run reads and writes of rules and alerts. Counters and recording have functions of their own. */
import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction, type SqlExecutor } from '@/db';
import { type AlertKind } from '@/quotas/contracts';

/** A rule as a run sees it. */
export interface MeasuredRule {
  id: string;
  kind: 'units' | 'rate' | 'money' | 'forecast' | 'error_rate';
  metric: string | null;
  apiKeyId: string | null;
  threshold: number;
}

/** What a rule comes to at an instant. */
export interface Finding {
  ruleId: string;
  metric: string | null;
  holds: boolean;
  /** What was measured, in the unit of the threshold. */
  used: number | string;
  /** Units of the quota, where it is about one. */
  included: number | null;
  currency: string | null;
  action: 'none' | 'throttled' | 'blocked' | 'charged';
  /** Null where it is about no period. */
  period: { from: Date; to: Date } | null;
}

/** Something that happened, of which rules on anomalies or integrity tell. */
export interface Occurrence {
  kind: 'anomaly' | 'integrity';
  /** Null: the whole installation. */
  organizationId: string | null;
  metric: string | null;
  /** Told once per rule under this name, at most 200 characters. */
  occurrence: string;
  /** Of an anomaly its risk, 0 to 100; of integrity how many differences there are. */
  used: number;
  action: Finding['action'];
  at: Date;
}

const MEASURED = `kind in ('units', 'rate', 'money', 'forecast', 'error_rate')`;
const OPEN_ALERT = 'select open_alert($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) as opened';

const measuredRule = z
  .object({
    id: z.uuid(),
    kind: z.enum(['units', 'rate', 'money', 'forecast', 'error_rate']),
    metric: z.string().nullable(),
    api_key_id: z.uuid().nullable(),
    threshold: z.coerce.number(),
  })
  .transform(({ api_key_id: apiKeyId, ...rule }): MeasuredRule => ({ ...rule, apiKeyId }));

/** Enabled rules that a run measures: of an organization, or of the installation. */
export async function readMeasuredRules(pool: Pool, organizationId: string | null): Promise<MeasuredRule[]> {
  const { rows } = await pool.query(
    `select id, kind, metric, api_key_id, threshold from alert_rules
     where ${organizationId === null ? '$1::uuid is null and organization_id is null' : 'organization_id = $1'} and enabled and ${MEASURED}
     order by id`,
    [organizationId],
  );
  return z.array(measuredRule).parse(rows);
}

/**
 * Organizations that a run has to look at, by id: those with rules that are measured and, where the installation has some, those
 * that were used in hours which are not folded yet, or of which the installation has an open alert.
 */
export async function readWatched(
  pool: Pool,
  { after, limit, everyone }: { after: string; limit: number; everyone: boolean },
): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from (
       (select distinct organization_id as id from alert_rules where enabled and ${MEASURED} and organization_id > $1 order by 1 limit $2)
       union
       select organization_id from usage_ledgers where $3 and unfolded_from is not null and organization_id > $1
       union
       select organization_id from usage_alerts
       where $3 and audience = 'installation' and status <> 'resolved' and organization_id > $1
     ) watched order by id limit $2`,
    [after, limit, everyone],
  );
  return rows.map(({ id }) => id);
}

/** What is open of rules that are measured: a key per rule and period. */
export async function readOpen(pool: Pool, organizationId: string): Promise<ReadonlySet<string>> {
  const { rows } = await pool.query<{ rule_id: string; period_start: Date | null }>(
    `select rule_id, period_start from usage_alerts where organization_id = $1 and status <> 'resolved' and rule_id is not null and ${MEASURED}`,
    [organizationId],
  );
  return new Set(rows.map(({ rule_id, period_start }) => openKey(rule_id, period_start)));
}
export const openKey = (ruleId: string, periodStart: Date | null): string =>
  `${ruleId} ${periodStart?.getTime() ?? ''}`;

/** Opens the alerts of what holds and resolves those of what does not; resolves to how many of each. */
export function applyFindings(
  pool: Pool,
  organizationId: string,
  findings: readonly Finding[],
  at: Date,
): Promise<{ raised: number; resolved: number }> {
  return inTransaction(pool, async (client) => {
    const inOrder = findings.toSorted((a, b) => (a.ruleId < b.ruleId ? -1 : 1));
    await holdRules(
      client,
      inOrder.map(({ ruleId }) => ruleId),
    );
    const done = { raised: 0, resolved: 0 };
    for (const finding of inOrder) {
      const { ruleId, metric, holds, used, included, currency, action, period } = finding;
      if (holds) {
        const of = [ruleId, organizationId, metric, '', period?.from ?? null, period?.to ?? null];
        const { rows } = await client.query<{ opened: boolean }>(OPEN_ALERT, [
          ...of,
          used,
          included,
          currency,
          action,
          at,
        ]);
        if (rows[0]!.opened) done.raised++;
      } else {
        const { rowCount } = await client.query(
          `update usage_alerts set status = 'resolved', resolved_at = $4
           where organization_id = $1 and rule_id = $2 and period_start is not distinct from $3 and status <> 'resolved'`,
          [organizationId, ruleId, period?.from ?? null, at],
        );
        done.resolved += rowCount ?? 0;
      }
    }
    return done;
  });
}

/** Who removes or changes a rule has to wait, or is waited for. In order, whoever holds several. */
async function holdRules(client: SqlExecutor, ids: readonly string[]): Promise<void> {
  await client.query('select from alert_rules where id = any($1::uuid[]) order by id for key share', [ids]);
}

/** Leaves an alert for each enabled rule that what happened is a matter of; resolves to how many were left now. */
export async function raiseOccurrence(client: PoolClient, occurrence: Occurrence): Promise<number> {
  const { kind, organizationId, metric, used, at } = occurrence;
  const { rows: rules } = await client.query<{ id: string }>(
    `select id from alert_rules
     where (organization_id = $1 or organization_id is null) and enabled and kind = $2 and (metric is null or metric = $3)
       and (threshold is null or $4::numeric >= threshold)
     order by id for key share`,
    [organizationId, kind, metric, used],
  );
  let raised = 0;
  for (const { id } of rules) {
    const of = [id, organizationId, metric, occurrence.occurrence, null, null, used, null, null, occurrence.action, at];
    const { rows } = await client.query<{ opened: boolean }>(OPEN_ALERT, of);
    if (rows[0]!.opened) raised++;
  }
  return raised;
}

/** Resolves what was told of a period that is over: nothing more comes of it. Resolves to how many. */
export async function resolveEndedPeriods(pool: Pool, at: Date): Promise<number> {
  const { rowCount } = await pool.query(
    `with ended as materialized (
       select id from usage_alerts where status in ('sent', 'acknowledged') and period_end <= $1
       order by organization_id, metric, period_start, rule_id limit 1000 for update skip locked
     )
     update usage_alerts a set status = 'resolved', resolved_at = $1 from ended where a.id = ended.id`,
    [at],
  );
  return rowCount ?? 0;
}

const toldAlert = z.object({
  place: z.string(),
  id: z.uuid(),
  organization_id: z.uuid().nullable(),
  organization: z.string().nullable(),
  audience: z.enum(['organization', 'installation']),
  kind: z.string().transform((kind) => kind as AlertKind),
  level: z.string().nullable(),
  name: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
  threshold: z.string().nullable(),
  metric: z.string().nullable(),
  metric_name: z.string().nullable(),
  unit: z.string().nullable(),
  api_key: z.string().nullable(),
  used: z.string(),
  included: z.string().nullable(),
  currency: z.string().nullable(),
  action: z.enum(['none', 'throttled', 'blocked', 'charged']),
  period_end: z.date().nullable(),
  created_at: z.date(),
  sent_at: z.date().nullable(),
  resolved_at: z.date().nullable(),
  // Without its rule nobody is told.
  mail_roles: z.array(z.enum(['owner', 'admin', 'member'])).nullable(),
  mail_addresses: z.array(z.string()).nullable(),
  webhooks: z.enum(['subscribed', 'none', 'chosen']).nullable(),
  webhook_endpoint_ids: z.array(z.uuid()).nullable(),
});
/** An alert with what is needed to tell of it. */
export type ToldAlert = z.output<typeof toldAlert>;

const told = (
  place: string,
) => `select ${place}::text as place, a.id, a.organization_id, o.name as organization, a.audience, a.kind, a.level, a.name, a.severity, a.threshold::text, a.metric,
    m.name as metric_name, m.unit, k.name as api_key, a.used::text, a.included::text, a.currency, a.action, a.period_end, a.created_at, a.sent_at,
    a.resolved_at, r.mail_roles, r.mail_addresses, r.webhooks, r.webhook_endpoint_ids
  from usage_alerts a
  left join alert_rules r on r.id = a.rule_id
  left join organizations o on o.id = a.organization_id
  left join metrics m on m.key = a.metric
  left join api_keys k on k.id = a.api_key_id`;

/** Where a list of alerts goes on; its instant is as exact as Postgres has it. */
export interface Place {
  at: string;
  id: string;
}
export const FROM_THE_BEGINNING: Place = { at: '-infinity', id: '00000000-0000-0000-0000-000000000000' };

/** The next alert that is pending, held until the transaction ends, and not in somebody else's hands. */
export async function takePending(client: PoolClient, after: Place): Promise<ToldAlert | null> {
  const { rows } = await client.query(
    `${told('a.created_at')} where a.status = 'pending' and (a.created_at, a.id) > ($1::timestamptz, $2::uuid)
     order by a.created_at, a.id limit 1 for update of a skip locked`,
    [after.at, after.id],
  );
  return rows[0] === undefined ? null : toldAlert.parse(rows[0]);
}

export async function markSent(client: PoolClient, id: string, at: Date): Promise<void> {
  await client.query(`update usage_alerts set status = 'sent', sent_at = $2 where id = $1`, [id, at]);
}

/** The next alert that has been clear for its rule's cooldown, or whose rule or period is gone, and opens no more; held as above. */
export async function takeUnsettled(client: PoolClient, after: Place, at: Date): Promise<ToldAlert | null> {
  const { rows } = await client.query(
    `${told('a.resolved_at')} where a.status = 'resolved' and a.settled_at is null and (a.resolved_at, a.id) > ($1::timestamptz, $2::uuid)
       and (r.id is null or not r.enabled or a.occurrence <> '' or a.period_end <= $3
         or a.resolved_at <= $3::timestamptz - make_interval(secs => r.cooldown_seconds))
     order by a.resolved_at, a.id limit 1 for update of a skip locked`,
    [after.at, after.id, at],
  );
  return rows[0] === undefined ? null : toldAlert.parse(rows[0]);
}

export async function markSettled(client: PoolClient, id: string, at: Date): Promise<void> {
  await client.query('update usage_alerts set settled_at = $2 where id = $1', [id, at]);
}
