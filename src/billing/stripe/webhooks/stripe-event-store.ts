import { type Pool } from 'pg';
import { z } from 'zod';
import { type SqlExecutor } from '@/db';

/** What an event is about, without what it says: that is asked for again. */
export interface StripeEvent {
  id: string;
  type: string;
  objectId: string | null;
  customerId: string | null;
}

/** An event in the hands of one process, until its time is over or it is done. */
export interface ClaimedEvent extends StripeEvent {
  /** Counted from 1; only the latest attempt may say what came of it. */
  attempt: number;
}

export type EventState = 'received' | 'processing' | 'done' | 'failed';

/** How long a process has for one event, in seconds; then somebody else may take it. */
const CLAIM_SECONDS = 120;
/** Attempts after which the scheduler leaves an event to people; the last comes about two days after the first. */
const ATTEMPTS_AT_MOST = 14;
const KEPT_DAYS = 90;

const claimedRow = z.object({
  id: z.string(),
  type: z.string(),
  objectId: z.string().nullable(),
  customerId: z.string().nullable(),
  attempt: z.int(),
});
const CLAIM = `state = 'processing', attempts = attempts + 1, claimed_until = clock_timestamp() + make_interval(secs => ${CLAIM_SECONDS})`;
const CLAIMED = `id, type, object_id as "objectId", customer_id as "customerId", attempts as attempt`;

/** Keeps an event. Of one that is known nothing changes. */
export async function insertEvent(executor: SqlExecutor, event: StripeEvent & { createdAt: Date }): Promise<void> {
  await executor.query(
    `insert into stripe_events (id, type, object_id, customer_id, created_at) values ($1, $2, $3, $4, $5) on conflict (id) do nothing`,
    [event.id, event.type, event.objectId, event.customerId, event.createdAt],
  );
}

/** Takes an event that was just delivered, whenever it was to be tried again. Null: it is done, or in somebody's hands. */
export async function claimEvent(pool: Pool, id: string): Promise<ClaimedEvent | null> {
  const { rows } = await pool.query(
    `update stripe_events set ${CLAIM}
     where id = $1 and (state in ('received', 'failed') or (state = 'processing' and claimed_until <= clock_timestamp()))
     returning ${CLAIMED}`,
    [id],
  );
  return claimedRow.optional().parse(rows[0]) ?? null;
}

/** Takes the event that has waited longest to be tried again, or whose process is gone. */
export async function claimDueEvent(pool: Pool): Promise<ClaimedEvent | null> {
  const { rows } = await pool.query(
    `update stripe_events set ${CLAIM}
     where id = (
       select id from stripe_events where state <> 'done' and claimed_until <= clock_timestamp() and attempts < $1
       order by claimed_until limit 1 for update skip locked
     ) returning ${CLAIMED}`,
    [ATTEMPTS_AT_MOST],
  );
  return claimedRow.optional().parse(rows[0]) ?? null;
}

export async function finishEvent(pool: Pool, { id, attempt }: ClaimedEvent, outcome: string): Promise<void> {
  await pool.query(
    `update stripe_events set state = 'done', processed_at = clock_timestamp(), outcome = $3, last_error = null
     where id = $1 and attempts = $2 and state = 'processing'`,
    [id, attempt, outcome.slice(0, 500)],
  );
}

/** The next attempt comes 2, 4, 8, … minutes later, six hours at most. */
export async function failEvent(pool: Pool, { id, attempt }: ClaimedEvent, reason: string): Promise<void> {
  await pool.query(
    `update stripe_events set state = 'failed', last_error = $3,
       claimed_until = clock_timestamp() + least(power(2, attempts), 360) * interval '1 minute'
     where id = $1 and attempts = $2 and state = 'processing'`,
    [id, attempt, reason.slice(0, 500) || 'unknown'],
  );
}

export async function readEventState(pool: Pool, id: string): Promise<EventState | null> {
  const { rows } = await pool.query<{ state: EventState }>('select state from stripe_events where id = $1', [id]);
  return rows[0]?.state ?? null;
}

/** Removes events that came more than 90 days ago. Stripe repeats one for three days at most. */
export async function removeOldEvents(pool: Pool): Promise<number> {
  const { rowCount } = await pool.query(
    'delete from stripe_events where received_at < clock_timestamp() - make_interval(days => $1)',
    [KEPT_DAYS],
  );
  return rowCount ?? 0;
}
