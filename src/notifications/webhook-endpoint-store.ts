import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type WebhookDeliveryView, type WebhookEndpointView, webhookEndpoint } from './webhook-contracts';

const instant = z.date().transform((at) => at.toISOString());
const endpointRow = webhookEndpoint.extend({ created_at: instant });
const SHOWN = 'id, url, description, event_types, enabled, disabled_reason, created_at';

export async function listEndpoints(
  executor: Pool | PoolClient,
  organizationId: string,
): Promise<WebhookEndpointView[]> {
  const { rows } = await executor.query(
    `select ${SHOWN} from webhook_endpoints where organization_id = $1 order by created_at, id`,
    [organizationId],
  );
  return z.array(endpointRow).parse(rows);
}

/** Holds the organization's endpoints until the transaction ends, so that their number is what was counted. */
export async function lockEndpoints(client: PoolClient, organizationId: string): Promise<void> {
  await client.query(`select pg_advisory_xact_lock(hashtextextended('webhook_endpoints ' || $1, 0))`, [organizationId]);
}

export interface EndpointSettings {
  url: string;
  description: string;
  event_types: readonly string[];
}

export async function insertEndpoint(
  client: PoolClient,
  organizationId: string,
  { url, description, event_types }: EndpointSettings,
  secret: string,
  now: Date,
): Promise<WebhookEndpointView> {
  const { rows } = await client.query(
    `insert into webhook_endpoints (organization_id, url, description, event_types, secret, created_at)
     values ($1, $2, $3, $4, $5, $6) returning ${SHOWN}`,
    [organizationId, url, description, [...new Set(event_types)], secret, now],
  );
  return endpointRow.parse(rows[0]);
}

/** What is named changes; resolves to null where there is no such endpoint. One that is switched on again is due at once. */
export async function updateEndpoint(
  client: PoolClient,
  organizationId: string,
  id: string,
  change: Partial<EndpointSettings> & { enabled?: boolean | undefined },
): Promise<WebhookEndpointView | null> {
  const { rows } = await client.query(
    `update webhook_endpoints set url = coalesce($3, url), description = coalesce($4, description),
       event_types = coalesce($5, event_types), enabled = coalesce($6, enabled),
       disabled_reason = case when $6 is null then disabled_reason end
     where organization_id = $1 and id = $2 returning ${SHOWN}`,
    [
      organizationId,
      id,
      change.url ?? null,
      change.description ?? null,
      change.event_types ?? null,
      change.enabled ?? null,
    ],
  );
  return endpointRow.nullable().parse(rows[0] ?? null);
}

/** Its deliveries go with it. */
export async function deleteEndpoint(client: PoolClient, organizationId: string, id: string): Promise<boolean> {
  const { rowCount } = await client.query('delete from webhook_endpoints where organization_id = $1 and id = $2', [
    organizationId,
    id,
  ]);
  return rowCount === 1;
}

/** The secret so far goes on signing until `overlapUntil`. */
export async function replaceSecret(
  client: PoolClient,
  organizationId: string,
  id: string,
  secret: string,
  overlapUntil: Date,
): Promise<WebhookEndpointView | null> {
  const { rows } = await client.query(
    `update webhook_endpoints set previous_secret = secret, previous_secret_until = $4, secret = $3
     where organization_id = $1 and id = $2 returning ${SHOWN}`,
    [organizationId, id, secret, overlapUntil],
  );
  return endpointRow.nullable().parse(rows[0] ?? null);
}

const deliveryRow = z.object({
  id: z.string(),
  type: z.string(),
  state: z.enum(['waiting', 'delivered', 'given_up']),
  created_at: instant,
  delivered_at: instant.nullable(),
  next_attempt_at: instant.nullable(),
  attempts: z.int(),
  request: z.string(),
  answer: z.string().nullable(),
  last_error: z.string().nullable(),
});

/** The newest first. */
export async function listDeliveries(
  pool: Pool,
  organizationId: string,
  endpointId: string,
  limit: number,
): Promise<WebhookDeliveryView[]> {
  const { rows } = await pool.query(
    `select 'msg_' || m.id as id, m.subject as type, m.created_at, m.sent_at as delivered_at, m.attempts, m.body_text as request,
       m.answer, m.last_error,
       case when m.sent_at is not null then 'delivered' when m.given_up_at is not null then 'given_up' else 'waiting' end as state,
       case when m.sent_at is null and m.given_up_at is null then m.due_at end as next_attempt_at
     from outbox_messages m join webhook_endpoints w on w.id = m.endpoint_id
     where w.organization_id = $1 and w.id = $2 order by m.position desc limit $3`,
    [organizationId, endpointId, limit],
  );
  return z.array(deliveryRow).parse(rows);
}
