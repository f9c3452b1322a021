import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { exactQuantity } from '@/kernel/quantity';
import { type AlertChannels, alertRule, type AlertRule, type CreateAlertRuleInput } from './alert-contracts';

const instant = z.date().transform((at) => at.toISOString());

const row = z
  .object({
    ...alertRule.shape,
    threshold: z.string().transform(exactQuantity).nullable(),
    mail_roles: alertRule.shape.channels.shape.mail_roles,
    mail_addresses: z.array(z.string()),
    webhooks: z.enum(['subscribed', 'none', 'chosen']),
    webhook_endpoint_ids: z.array(z.uuid()),
    created_at: instant,
    updated_at: instant,
  })
  .omit({ channels: true })
  .transform(({ mail_roles, mail_addresses, webhooks, webhook_endpoint_ids: endpoints, ...rule }): AlertRule => {
    return {
      ...rule,
      channels: { mail_roles, mail_addresses, webhooks: webhooks === 'chosen' ? endpoints : webhooks },
    };
  });
const COLUMNS = `id, kind, level, name, metric, api_key_id, threshold::text, severity, mail_roles, mail_addresses, webhooks, webhook_endpoint_ids,
  cooldown_seconds, enabled, created_at, updated_at`;

/** What webhooks and webhook_endpoint_ids hold. */
const endpointsOf = ({ webhooks }: AlertChannels): [string, readonly string[]] =>
  typeof webhooks === 'string' ? [webhooks, []] : ['chosen', webhooks];

/** Rules of an organization, its levels first; of the installation where it is null. */
export async function listRules(pool: Pool, organizationId: string | null): Promise<AlertRule[]> {
  const { rows } = await pool.query(
    `select ${COLUMNS} from alert_rules where ${organizationId === null ? '$1::uuid is null and organization_id is null' : 'organization_id = $1'}
     order by level = 'overage', length(level), level, created_at, id`,
    [organizationId],
  );
  return z.array(row).parse(rows);
}

/**
 * Waits for whoever changes rules or terms of the organization, or rules of the installation, and keeps others waiting; resolves to
 * how many rules there are.
 */
export async function lockRules(client: PoolClient, organizationId: string | null): Promise<number> {
  // The subscription comes before rules and alerts in the order of locks, and whoever changes terms holds it.
  if (organizationId === null)
    await client.query(`select pg_advisory_xact_lock(hashtextextended('alert rules of the installation', 0))`);
  else await client.query('select from subscriptions where organization_id = $1 for update', [organizationId]);
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from alert_rules where organization_id is not distinct from $1::uuid',
    [organizationId],
  );
  return rows[0]!.count;
}

/** The rule, held until the transaction ends; null if this organization has no such rule. */
export async function takeRule(
  client: PoolClient,
  organizationId: string | null,
  id: string,
): Promise<AlertRule | null> {
  const { rows } = await client.query(
    `select ${COLUMNS} from alert_rules where id = $2 and organization_id is not distinct from $1::uuid for update`,
    [organizationId, id],
  );
  return rows[0] === undefined ? null : row.parse(rows[0]);
}

export async function insertRule(
  client: PoolClient,
  organizationId: string | null,
  rule: CreateAlertRuleInput,
  at: Date,
): Promise<AlertRule> {
  const { channels } = rule;
  const { rows } = await client.query(
    `insert into alert_rules (organization_id, kind, name, metric, api_key_id, threshold, severity, mail_roles, mail_addresses,
       webhooks, webhook_endpoint_ids, cooldown_seconds, enabled, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) returning ${COLUMNS}`,
    [
      organizationId,
      rule.kind,
      rule.name,
      rule.metric,
      rule.api_key_id,
      rule.threshold,
      rule.severity,
      channels.mail_roles,
      channels.mail_addresses,
      ...endpointsOf(channels),
      rule.cooldown_seconds,
      rule.enabled,
      at,
    ],
  );
  return row.parse(rows[0]);
}

/** Writes what can be changed of a rule. */
export async function updateRule(client: PoolClient, rule: AlertRule, at: Date): Promise<AlertRule> {
  const { channels } = rule;
  const { rows } = await client.query(
    `update alert_rules set name = $2, threshold = $3, severity = $4, mail_roles = $5, mail_addresses = $6, webhooks = $7, webhook_endpoint_ids = $8,
       cooldown_seconds = $9, enabled = $10, updated_at = $11
     where id = $1 returning ${COLUMNS}`,
    [
      rule.id,
      rule.name,
      rule.threshold,
      rule.severity,
      channels.mail_roles,
      channels.mail_addresses,
      ...endpointsOf(channels),
      rule.cooldown_seconds,
      rule.enabled,
      at,
    ],
  );
  return row.parse(rows[0]);
}

/** Resolves what a rule said, since it does not say so any more. */
export async function resolveAlertsOfRule(client: PoolClient, id: string, at: Date): Promise<void> {
  await client.query(
    `with own as materialized (select id from usage_alerts where rule_id = $1 and status <> 'resolved' order by metric, period_start, rule_id for update)
     update usage_alerts a set status = 'resolved', resolved_at = $2 from own where a.id = own.id and a.status <> 'resolved'`,
    [id, at],
  );
}

export async function deleteRule(client: PoolClient, id: string): Promise<void> {
  await client.query('delete from alert_rules where id = $1', [id]);
}

/** Whether the organization has such a key, of live usage and not revoked. */
export async function hasLiveKey(client: PoolClient, organizationId: string, keyId: string): Promise<boolean> {
  const { rows } = await client.query(
    'select from api_keys where organization_id = $1 and id = $2 and livemode and revoked_at is null',
    [organizationId, keyId],
  );
  return rows.length > 0;
}
