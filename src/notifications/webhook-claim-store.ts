import { type Pool } from 'pg';
import { z } from 'zod';
import { kept, LONGEST_ANSWER } from './outbox-store';
import { ATTEMPT_LIMIT } from './retry-pause';

/** How long a process has an endpoint, in ms: longer than it sends to one, and than the last request of that takes. */
const ENDPOINT_LEASE_MS = 120_000;

const claimed = z.object({
  id: z.uuid(),
  url: z.string(),
  secret: z.string(),
  previous_secret: z.string().nullable(),
  leased_until: z.date(),
});
export type ClaimedEndpoint = z.output<typeof claimed>;

const delivery = z.object({ id: z.uuid(), body_text: z.string(), attempts: z.int() });
/** A delivery in hand: its attempt is counted. */
export type ClaimedDelivery = z.output<typeof delivery>;

/** Takes endpoints that something is due for. One process has an endpoint, so that what is sent to it keeps its order. */
export async function claimEndpoints(pool: Pool, limit: number, now: Date): Promise<ClaimedEndpoint[]> {
  const { rows } = await pool.query(
    `update webhook_endpoints set leased_until = $2 where id = any(array(
       select id from webhook_endpoints
       where enabled and (leased_until is null or leased_until <= $1) and id in (
         select endpoint_id from outbox_messages
         where endpoint_id is not null and sent_at is null and given_up_at is null and due_at <= $1 and attempts < $3
       )
       order by leased_until nulls first limit $4 for update skip locked
     ))
     returning id, url, secret, leased_until, case when previous_secret_until > $1 then previous_secret end as previous_secret`,
    [now, new Date(now.getTime() + ENDPOINT_LEASE_MS), ATTEMPT_LIMIT, limit],
  );
  return z.array(claimed).parse(rows);
}

/** Gives an endpoint back, to be left alone until an instant; nothing where somebody else has it by now. */
export async function releaseEndpoint(pool: Pool, endpoint: ClaimedEndpoint, restUntil: Date | null): Promise<void> {
  await pool.query('update webhook_endpoints set leased_until = $3 where id = $1 and leased_until = $2', [
    endpoint.id,
    endpoint.leased_until,
    restUntil,
  ]);
}

/** Up to 50 of what is due for an endpoint that is held, the oldest first. */
export async function listDue(pool: Pool, endpointId: string, now: Date): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from outbox_messages
     where endpoint_id = $1 and sent_at is null and given_up_at is null and due_at <= $2 and attempts < $3
     order by position limit 50`,
    [endpointId, now, ATTEMPT_LIMIT],
  );
  return rows.map(({ id }) => id);
}

/** Takes one delivery for as long as an endpoint is held, unless it is not due any more. */
export async function claimDelivery(pool: Pool, id: string, now: Date): Promise<ClaimedDelivery | null> {
  const { rows } = await pool.query(
    `update outbox_messages set attempts = attempts + 1, due_at = $3
     where id = $1 and sent_at is null and given_up_at is null and due_at <= $2 returning id, body_text, attempts`,
    [id, now, new Date(now.getTime() + ENDPOINT_LEASE_MS)],
  );
  return delivery.nullable().parse(rows[0] ?? null);
}

export async function markDelivered(pool: Pool, id: string, answer: string, now: Date): Promise<void> {
  await pool.query(
    'update outbox_messages set sent_at = $2, given_up_at = null, last_error = null, answer = $3 where id = $1',
    [id, now, kept(answer, LONGEST_ANSWER)],
  );
}

export async function switchEndpointOff(pool: Pool, id: string, reason: string): Promise<void> {
  await pool.query('update webhook_endpoints set enabled = false, disabled_reason = $2 where id = $1', [id, reason]);
}
