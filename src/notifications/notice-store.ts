import { type Pool } from 'pg';
import { type SqlExecutor } from '@/db';
import { type Notice } from './contracts';

/** A mail of a notice: to the members who hold one of the roles, and to each address. */
export interface NoticeMail {
  subject: string;
  text: string;
  roles: readonly string[];
  addresses: readonly string[];
}

/** Writes a notice, its mails and its webhooks in one statement, unless the organization has one of that key. */
export async function insertNotice(
  executor: SqlExecutor,
  { organizationId, key, type, occurredAt, data, webhooks }: Notice,
  mail: NoticeMail | null,
  now: Date,
): Promise<void> {
  await executor.query(
    `with notice as (
       insert into notices (organization_id, key, type, occurred_at, data, created_at)
       values ($1::uuid, $2, $3, $4::timestamptz, $5::jsonb, $6::timestamptz)
       on conflict do nothing returning organization_id
     ), recipients as (
       select m.email as recipient from notice n join organization_members m using (organization_id)
       where m.role::text = any($7::text[])
       union select address from notice, unnest($8::text[]) address
     )
     insert into outbox_messages (recipient, subject, body_text, created_at, due_at, endpoint_id)
     select recipient, $9, $10, $6::timestamptz, $6::timestamptz, null::uuid from recipients
     union all
     select w.url, $3, $11, $6::timestamptz, $6::timestamptz, w.id from notice n join webhook_endpoints w using (organization_id)
     where w.enabled and case when $12::uuid[] is null then $13 and $3 = any(w.event_types) else w.id = any($12::uuid[]) end`,
    [
      organizationId,
      key,
      type,
      occurredAt.toISOString(),
      JSON.stringify(data),
      now.toISOString(),
      mail?.roles ?? [],
      mail?.addresses ?? [],
      mail?.subject ?? '',
      mail?.text ?? '',
      JSON.stringify({ type, timestamp: occurredAt.toISOString(), data }),
      webhooks === null || webhooks === 'subscribed' ? null : webhooks.endpointIds,
      webhooks === 'subscribed',
    ],
  );
}

/** Days for which a notice is remembered, and so not told again: a year and a month. */
const NOTICE_DAYS = 400;

export async function removeOldNotices(pool: Pool, now: Date): Promise<number> {
  const { rowCount } = await pool.query(
    'delete from notices where created_at < $1::timestamptz - make_interval(days => $2)',
    [now, NOTICE_DAYS],
  );
  return rowCount ?? 0;
}
