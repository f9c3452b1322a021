/** Which organizations a run of billing has something to do for, page by page. */
import { type Pool } from 'pg';

export interface DueAt {
  /** The moment that is billed for. */
  at: Date;
  /** How long after its end a period waits, in ms. */
  graceMs: number;
  /** The present moment: who failed is left alone until it is time to try again. */
  now: Date;
}

/** Goes on behind an organization. */
export interface DueCursor {
  nextDueAt: string;
  organizationId: string;
}

export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
export const FIRST_DUE: DueCursor = { nextDueAt: '-infinity', organizationId: FIRST_ID };

const PERIOD_IS_DUE = `a.next_due_at <= $1::timestamptz - $2 * interval '1 millisecond' and a.retry_at <= $3`;

/** Organizations whose next period is due, those that wait longest first. */
export async function readDuePage(pool: Pool, due: DueAt, after: DueCursor, limit: number): Promise<DueCursor[]> {
  const { rows } = await pool.query<DueCursor>(
    `select a.next_due_at::text as "nextDueAt", a.organization_id as "organizationId" from billing_accounts a
     where ${PERIOD_IS_DUE} and (a.next_due_at, a.organization_id) > ($4::timestamptz, $5::uuid)
     order by a.next_due_at, a.organization_id limit $6`,
    [due.at, due.graceMs, due.now, after.nextDueAt, after.organizationId, limit],
  );
  return rows;
}

/** Organizations with invoices that wait to be finalized or handed over. */
export async function readWaitingPage(pool: Pool, now: Date, after: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ organization_id: string }>(
    `select distinct i.organization_id from invoices i join billing_accounts a using (organization_id)
     where i.status in ('draft', 'finalized') and a.retry_at <= $1 and i.organization_id > $2
     order by i.organization_id limit $3`,
    [now, after, limit],
  );
  return rows.map(({ organization_id }) => organization_id);
}

/** How many organizations there is something to do for; of a dry run, in how many a period is due. */
export async function countDue(pool: Pool, due: DueAt, dryRun: boolean): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(
    `select (
       (select count(*) from billing_accounts a where ${PERIOD_IS_DUE})
       + case when $4 then 0 else (
         select count(distinct i.organization_id) from invoices i join billing_accounts a using (organization_id)
         where i.status in ('draft', 'finalized') and a.retry_at <= $3 and not (${PERIOD_IS_DUE})
       ) end
     )::integer as n`,
    [due.at, due.graceMs, due.now, dryRun],
  );
  return rows[0]!.n;
}

/** The longest time between two attempts: less than a day, so that a daily run always tries again. */
const LONGEST_WAIT = '12 hours';

/** Notes on the account that its billing failed; it is tried again after 5, 10, 20, … minutes. */
export async function delayAccount(pool: Pool, organizationId: string, reason: string, now: Date): Promise<void> {
  await pool.query(
    `update billing_accounts set attempts = attempts + 1, last_error = $2,
       retry_at = $3::timestamptz + least(interval '${LONGEST_WAIT}', interval '5 minutes' * power(2, least(attempts, 20)))
     where organization_id = $1`,
    [organizationId, reason, now],
  );
}

/** All is well again. */
export async function forgetFailure(pool: Pool, organizationId: string): Promise<void> {
  await pool.query(
    `update billing_accounts set attempts = 0, retry_at = '-infinity', last_error = null where organization_id = $1 and attempts > 0`,
    [organizationId],
  );
}
