import { type PoolClient } from 'pg';
import { z } from 'zod';

/** Whom an organization's invoices are addressed to, and how far it is billed. */
export interface BillingAccount {
  organizationId: string;
  /** Of all its invoices; null before the first. */
  currency: string | null;
  /** What earlier invoices left for the next one, in minor units: owed by the customer, or to them where negative. */
  carriedMinor: number;
  /** The first period that is not billed. */
  period: { from: Date; to: Date };
}

const accountRow = z.object({
  currency: z.string().nullable(),
  carried_minor: z.coerce.number(),
  period_start: z.date(),
  period_end: z.date(),
});

const ACCOUNT = `
  select a.currency, a.carried_minor, p.period_start, p.period_end
  from billing_accounts a join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, a.billed_through) p
  where a.organization_id = $1`;

/**
 * Takes an organization's account until the transaction ends: whoever bills it, numbers an invoice or credits one holds it.
 * @returns null for an unknown organization.
 */
export const lockBillingAccount = (client: PoolClient, organizationId: string): Promise<BillingAccount | null> =>
  readAccount(client, organizationId, `${ACCOUNT} for update of a`);

/** As it is now, without taking it. */
export const readBillingAccount = (client: PoolClient, organizationId: string): Promise<BillingAccount | null> =>
  readAccount(client, organizationId, ACCOUNT);

async function readAccount(client: PoolClient, organizationId: string, sql: string): Promise<BillingAccount | null> {
  const { rows } = await client.query(sql, [organizationId]);
  if (rows[0] === undefined) return null;
  const row = accountRow.parse(rows[0]);
  return {
    organizationId,
    currency: row.currency,
    carriedMinor: row.carried_minor,
    period: { from: row.period_start, to: row.period_end },
  };
}

/** The account has come to the end of a period; the next one is due at its own end. */
export async function moveBillingAccount(
  client: PoolClient,
  organizationId: string,
  { billedThrough, carriedMinor, currency }: { billedThrough: Date; carriedMinor: number; currency: string | null },
): Promise<void> {
  await client.query(
    `update billing_accounts a
     set billed_through = $2, next_due_at = p.period_end, carried_minor = $3, currency = coalesce(a.currency, $4), attempts = 0, retry_at = '-infinity', last_error = null
     from subscriptions s cross join lateral billing_period(s.anchor, $2) p
     where a.organization_id = $1 and s.organization_id = $1`,
    [organizationId, billedThrough, carriedMinor, currency],
  );
}

/** The next number of the account's invoices, from 1 on; without gaps, since it is given back if the transaction fails. */
export async function takeInvoiceNumber(
  client: PoolClient,
  organizationId: string,
): Promise<{ sequence: number; number: string }> {
  const { rows } = await client.query<{ sequence: number; number: string }>(
    `update billing_accounts set last_invoice_number = last_invoice_number + 1 where organization_id = $1
     returning last_invoice_number as sequence, number_prefix || '-' || lpad(last_invoice_number::text, greatest(4, length(last_invoice_number::text)), '0') as number`,
    [organizationId],
  );
  return rows[0]!;
}
