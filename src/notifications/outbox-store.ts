import { type Pool } from 'pg';
import { z } from 'zod';
import { type SqlExecutor } from '@/db';
import { type OutboxMessageView } from './contracts';
import { ATTEMPT_LIMIT } from './retry-pause';

const pending = z.object({ id: z.uuid(), recipient: z.string(), subject: z.string(), body_text: z.string() });
const instant = z.date().transform((at) => at.toISOString());
const view = pending.extend({
  created_at: instant,
  sent_at: instant.nullable(),
  given_up_at: instant.nullable(),
  attempts: z.int(),
  last_error: z.string().nullable(),
});

export interface Message {
  to: string;
  subject: string;
  text: string;
}

export async function insertMessage(executor: SqlExecutor, { to, subject, text }: Message, now: Date): Promise<void> {
  await executor.query(
    `insert into outbox_messages (recipient, subject, body_text, created_at, due_at)
     values ($1, $2, $3, $4::timestamptz, $4::timestamptz)`,
    [to, subject, text, now.toISOString()],
  );
}

/** Gives up what was taken as often as it may be, mail or webhook, and told nothing of its end. */
export async function giveUpUntold(pool: Pool, now: Date): Promise<void> {
  await pool.query(
    `update outbox_messages set given_up_at = $1, last_error = coalesce(last_error, 'Whoever was to send it did not live to tell.')
     where sent_at is null and given_up_at is null and due_at <= $1 and attempts >= $2`,
    [now, ATTEMPT_LIMIT],
  );
}

/** How long a process has for what it took, in ms; more than fifty messages take, eight at once, from a server that is silent. */
const LEASE_MS = 120_000;

/** Characters of an answer that are kept. */
export const LONGEST_ANSWER = 4_000;

/** A message in the hands of a process: its attempt is counted. */
export interface ClaimedMessage extends Message {
  id: string;
  /** This one included. */
  attempts: number;
}

/**
 * Takes up to `limit` messages that are due, the longest due first, for two minutes: then whoever took them is taken to be dead, and
 * they are due again.
 */
export async function claimMessages(pool: Pool, limit: number, now: Date): Promise<ClaimedMessage[]> {
  const { rows } = await pool.query(
    `update outbox_messages set attempts = attempts + 1, due_at = $2 where id = any(array(
       select id from outbox_messages
       where endpoint_id is null and sent_at is null and given_up_at is null and due_at <= $1 and attempts < $3
       order by due_at limit $4 for update skip locked
     )) returning id, recipient, subject, body_text, attempts`,
    [now, new Date(now.getTime() + LEASE_MS), ATTEMPT_LIMIT, limit],
  );
  return z
    .array(pending.extend({ attempts: z.int() }))
    .parse(rows)
    .map((row) => ({
      id: row.id,
      to: row.recipient,
      subject: row.subject,
      text: row.body_text,
      attempts: row.attempts,
    }));
}

/** The text of a message with its links cut at their query or fragment, where what makes one usable stands. */
const WITHOUT_LINKS = `regexp_replace(body_text, '(https?://[^\\s?#<>"]+)[?#][^\\s<>"]*', '\\1', 'g')`;

/** Whoever was sent a message has its links; here they would only wait for somebody else. */
export async function markSent(pool: Pool, id: string, now: Date): Promise<void> {
  await pool.query(
    `update outbox_messages set sent_at = $2, given_up_at = null, last_error = null, body_text = ${WITHOUT_LINKS} where id = $1`,
    [id, now],
  );
}

/** Longest life in days of a link in a message: that of an invitation. */
const LINK_DAYS = 7;
/** Days for which a message is kept, sent or not. */
const MESSAGE_DAYS = 90;

/** Cuts links that are over, and removes messages of more than 90 days ago; resolves to how many. */
export async function removeOldMessages(pool: Pool, now: Date): Promise<number> {
  await pool.query(
    `update outbox_messages set body_text = ${WITHOUT_LINKS}
     where endpoint_id is null and created_at < $1::timestamptz - make_interval(days => $2) and body_text <> ${WITHOUT_LINKS}`,
    [now, LINK_DAYS],
  );
  const { rowCount } = await pool.query(
    'delete from outbox_messages where created_at < $1::timestamptz - make_interval(days => $2)',
    [now, MESSAGE_DAYS],
  );
  return rowCount ?? 0;
}

/** Postgres keeps no NUL. */
export const kept = (text: string, longest: number): string => text.replaceAll('\0', '').slice(0, longest);

/**
 * Notes why an attempt failed, of mail or webhook: it is due again at an instant, or given up where that is null. Nothing where another
 * process has it by now.
 * @param answer what a receiver said, if it did
 */
export async function markFailed(
  pool: Pool,
  { id, attempts }: { id: string; attempts: number },
  { reason, answer }: { reason: string; answer: string | null },
  next: Date | null,
  now: Date,
): Promise<void> {
  await pool.query(
    `update outbox_messages set last_error = $3, answer = $4, due_at = coalesce($5, due_at),
       given_up_at = case when $5::timestamptz is null then $6::timestamptz end
     where id = $1 and attempts = $2 and sent_at is null`,
    [id, attempts, kept(reason, 500), answer === null ? null : kept(answer, LONGEST_ANSWER), next, now],
  );
}

/** The newest messages first, sent or not. */
export async function listRecentMessages(pool: Pool, limit: number): Promise<OutboxMessageView[]> {
  const { rows } = await pool.query(
    `select id, recipient, subject, body_text, created_at, sent_at, given_up_at, attempts, last_error
     from outbox_messages order by created_at desc, id limit $1`,
    [limit],
  );
  return z.array(view).parse(rows);
}
