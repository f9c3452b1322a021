import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type SqlExecutor } from '@/db';
import { type OutboxMessageView } from './contracts';

/** Tries after which a message is given up; the last comes 2.8 days after the first. */
const ATTEMPT_LIMIT = 12;

const pending = z.object({ id: z.uuid(), recipient: z.string(), subject: z.string(), body_text: z.string() });
const instant = z.date().transform((at) => at.toISOString());
const view = pending.extend({
  created_at: instant,
  sent_at: instant.nullable(),
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
    'insert into outbox_messages (recipient, subject, body_text, created_at) values ($1, $2, $3, $4::timestamptz)',
    [to, subject, text, now.toISOString()],
  );
}

/**
 * Takes one message that is due and not in someone else's hands, until the transaction ends. After n failures a message
 * is due 2^n - 1 minutes after it was written: 0, 1, 3, 7, …
 */
export async function takeDueMessage(client: PoolClient, now: Date): Promise<(Message & { id: string }) | null> {
  const { rows } = await client.query(
    `select id, recipient, subject, body_text from outbox_messages
     where sent_at is null and attempts < $2
       and created_at + (power(2, attempts) - 1) * interval '1 minute' <= $1
     order by created_at limit 1 for update skip locked`,
    [now, ATTEMPT_LIMIT],
  );
  const row = pending.optional().parse(rows[0]);
  return row ? { id: row.id, to: row.recipient, subject: row.subject, text: row.body_text } : null;
}

/** The text of a message with its links cut at their query or fragment, where what makes one usable stands. */
const WITHOUT_LINKS = `regexp_replace(body_text, '(https?://[^\\s?#<>"]+)[?#][^\\s<>"]*', '\\1', 'g')`;

/** Whoever was sent a message has its links; here they would only wait for somebody else. */
export async function markSent(client: PoolClient, id: string, now: Date): Promise<void> {
  await client.query(
    `update outbox_messages set sent_at = $2, attempts = attempts + 1, last_error = null, body_text = ${WITHOUT_LINKS} where id = $1`,
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
     where created_at < $1::timestamptz - make_interval(days => $2) and body_text <> ${WITHOUT_LINKS}`,
    [now, LINK_DAYS],
  );
  const { rowCount } = await pool.query(
    'delete from outbox_messages where created_at < $1::timestamptz - make_interval(days => $2)',
    [now, MESSAGE_DAYS],
  );
  return rowCount ?? 0;
}

export async function markFailed(client: PoolClient, id: string, reason: string): Promise<void> {
  await client.query('update outbox_messages set attempts = attempts + 1, last_error = $2 where id = $1', [
    id,
    reason.slice(0, 500),
  ]);
}

/** The newest messages first, sent or not. */
export async function listRecentMessages(pool: Pool, limit: number): Promise<OutboxMessageView[]> {
  const { rows } = await pool.query(
    `select id, recipient, subject, body_text, created_at, sent_at, attempts, last_error
     from outbox_messages order by created_at desc, id limit $1`,
    [limit],
  );
  return z.array(view).parse(rows);
}
