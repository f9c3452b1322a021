import { type Pool, type PoolClient } from 'pg';

export async function setFailed(client: PoolClient, invoiceId: string, at: Date): Promise<void> {
  await client.query(`update invoices set status = 'payment_failed', failed_at = $2 where id = $1`, [invoiceId, at]);
}

export async function setPaid(client: PoolClient, invoiceId: string, at: Date): Promise<void> {
  await client.query(`update invoices set status = 'paid', paid_at = $2 where id = $1`, [invoiceId, at]);
}

/** Says to admins what only they can put right. */
export async function noteAttention(client: PoolClient, invoiceId: string, attention: string): Promise<void> {
  await client.query('update invoices set attention = $2 where id = $1', [invoiceId, attention]);
}

/** A payment is outstanding that failed; since when, is not moved by another one. */
export async function startFailing(client: PoolClient, organizationId: string, at: Date): Promise<void> {
  await client.query(
    'update billing_accounts set failing_since = coalesce(failing_since, $2) where organization_id = $1',
    [organizationId, at],
  );
}

/** No failed payment is outstanding any more, if that is so. @returns whether it is. */
export async function stopFailing(client: PoolClient, organizationId: string): Promise<boolean> {
  const { rowCount } = await client.query(
    `update billing_accounts set failing_since = null
     where organization_id = $1 and failing_since is not null
       and not exists (select from invoices where organization_id = $1 and status = 'payment_failed')`,
    [organizationId],
  );
  return rowCount === 1;
}

/** Whether the payments of an organization have failed since an instant, or longer. */
export async function isFailingSince(client: PoolClient, organizationId: string, since: Date): Promise<boolean> {
  const { rowCount } = await client.query(
    'select from billing_accounts where organization_id = $1 and failing_since <= $2',
    [organizationId, since],
  );
  return rowCount === 1;
}

export interface OverdueInvoice {
  id: string;
  organizationId: string;
}

/** Invoices that are paid outside of Stripe and were to be paid by `at`. */
export async function readOverdue(pool: Pool, at: Date, after: string, limit: number): Promise<OverdueInvoice[]> {
  const { rows } = await pool.query<OverdueInvoice>(
    `select id, organization_id as "organizationId" from invoices
     where status = 'sent' and collection = 'manual' and due_at < $1 and id > $2 order by id limit $3`,
    [at, after, limit],
  );
  return rows;
}

/** Organizations whose payments have failed since an instant and that are not restricted yet. */
export async function readFailing(pool: Pool, since: Date, after: string, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ organization_id: string }>(
    `select organization_id from billing_accounts
     where failing_since <= $1 and restricted_at is null and organization_id > $2 order by organization_id limit $3`,
    [since, after, limit],
  );
  return rows.map(({ organization_id }) => organization_id);
}

/** More owners than that are not written to. */
const OWNERS_WRITTEN_TO = 20;

/** Addresses of an organization's owners, those who came first. */
export async function readOwners(client: PoolClient, organizationId: string): Promise<string[]> {
  const { rows } = await client.query<{ email: string }>(
    `select email from organization_members where organization_id = $1 and role = 'owner' order by created_at, user_id limit ${OWNERS_WRITTEN_TO}`,
    [organizationId],
  );
  return rows.map(({ email }) => email);
}
