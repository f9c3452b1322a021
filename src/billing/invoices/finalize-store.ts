import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { countryName } from '@/kernel/country-name';

/** Somebody whom an invoice names, as they were when it was finalized. */
export interface InvoiceParty {
  name: string;
  /** Of the address, from the top. */
  lines: string[];
  tax_id: string | null;
  email: string | null;
}

/** Invoices of an organization that wait for the next step, the oldest period first. */
export async function readInvoicesIn(
  pool: Pool,
  organizationId: string,
  status: 'draft' | 'finalized',
): Promise<{ id: string; draftedAt: Date }[]> {
  const { rows } = await pool.query(
    `select id, drafted_at as "draftedAt" from invoices where organization_id = $1 and status = $2 order by period_start`,
    [organizationId, status],
  );
  return z.array(z.object({ id: z.uuid(), draftedAt: z.date() })).parse(rows);
}

const customerRow = z.object({
  name: z.string(),
  email: z.string().nullable(),
  tax_id: z.string().nullable(),
  address: z.record(z.string(), z.string().nullable()),
});

/** Whom an organization's invoices are addressed to, as its account says now. */
export async function readCustomer(pool: Pool, organizationId: string): Promise<InvoiceParty> {
  const { rows } = await pool.query(
    `select coalesce(a.legal_name, o.name) as name, a.tax_id, a.address,
       coalesce(a.email, (select m.email from organization_members m where m.organization_id = o.id and m.role = 'owner' order by m.created_at, m.user_id limit 1)) as email
     from organizations o join billing_accounts a on a.organization_id = o.id where o.id = $1`,
    [organizationId],
  );
  const { name, email, tax_id, address } = customerRow.parse(rows[0]);
  const { line1, line2, postal_code, city, state, country } = address;
  const place = [postal_code, city].filter(Boolean).join(' ');
  const lines = [line1, line2, place, state, country && countryName(country)].flatMap((line) => (line ? [line] : []));
  return { name, email, tax_id, lines };
}

/** Whether the draft is still one; it stays so until the transaction ends. */
export async function lockDraft(client: PoolClient, id: string): Promise<{ totalMinor: number } | null> {
  const { rows } = await client.query<{ total_minor: string }>(
    `select total_minor from invoices where id = $1 and status = 'draft' for update`,
    [id],
  );
  return rows[0] ? { totalMinor: Number(rows[0].total_minor) } : null;
}

export async function finalizeDraft(
  client: PoolClient,
  id: string,
  issued: { sequence: number; number: string; seller: InvoiceParty; billTo: InvoiceParty; at: Date; dueAt: Date },
): Promise<void> {
  await client.query(
    `update invoices set status = 'finalized', sequence = $2, number = $3, seller = $4, bill_to = $5, finalized_at = $6, due_at = $7, attention = null where id = $1`,
    [id, issued.sequence, issued.number, issued.seller, issued.billTo, issued.at, issued.dueAt],
  );
}

/** There is nothing to pay. */
export async function settleNothing(client: PoolClient, id: string, at: Date): Promise<void> {
  await client.query(`update invoices set status = 'paid', paid_at = $2 where id = $1`, [id, at]);
}

/** Says to admins why an invoice goes no further. */
export async function setAttention(pool: Pool, id: string, attention: string): Promise<void> {
  await pool.query(`update invoices set attention = $2 where id = $1`, [id, attention.slice(0, 500)]);
}

export interface SentInvoice {
  number: string;
  currency: string;
  totalMinor: number;
  dueAt: Date;
  billTo: InvoiceParty;
  seller: InvoiceParty;
}

const sentRow = z.object({
  number: z.string(),
  currency: z.string(),
  total_minor: z.coerce.number(),
  due_at: z.date(),
  bill_to: z.custom<InvoiceParty>(),
  seller: z.custom<InvoiceParty>(),
});

/** Marks a finalized invoice of manual collection as sent. @returns it; null where it was sent already, or is paid otherwise. */
export async function markSent(client: PoolClient, id: string, at: Date): Promise<SentInvoice | null> {
  const { rows } = await client.query(
    `update invoices set status = 'sent', sent_at = $2 where id = $1 and status = 'finalized' and collection = 'manual'
     returning number, currency, total_minor, due_at, bill_to, seller`,
    [id, at],
  );
  if (rows[0] === undefined) return null;
  const row = sentRow.parse(rows[0]);
  return {
    number: row.number,
    currency: row.currency,
    totalMinor: row.total_minor,
    dueAt: row.due_at,
    billTo: row.bill_to,
    seller: row.seller,
  };
}
