import { type PoolClient } from 'pg';
import { z } from 'zod';
import { type CreditableLine, type CreditShare } from './share-credit';

const lineRow = z.object({ id: z.uuid(), leftMinor: z.coerce.number() });

/** The lines of an invoice with what credit notes left of them, in their order. */
export async function readCreditableLines(client: PoolClient, invoiceId: string): Promise<CreditableLine[]> {
  const { rows } = await client.query(
    `select l.id, l.amount_minor + l.tax_minor - coalesce(sum(c.amount_minor), 0) as "leftMinor"
     from invoice_lines l left join credit_note_lines c on c.invoice_line_id = l.id
     where l.invoice_id = $1 group by l.id order by l.position`,
    [invoiceId],
  );
  return z.array(lineRow).parse(rows);
}

/** The next number of the account's credit notes, from 1 on; without gaps, since it is given back if the transaction fails. */
async function takeCreditNoteNumber(
  client: PoolClient,
  organizationId: string,
): Promise<{ sequence: number; number: string }> {
  const { rows } = await client.query<{ sequence: number; number: string }>(
    `update billing_accounts set last_credit_note_number = last_credit_note_number + 1 where organization_id = $1
     returning last_credit_note_number as sequence,
       number_prefix || '-CN-' || lpad(last_credit_note_number::text, greatest(4, length(last_credit_note_number::text)), '0') as number`,
    [organizationId],
  );
  return rows[0]!;
}

export interface NewCreditNote {
  id: string;
  organizationId: string;
  invoiceId: string;
  amountMinor: number;
  reason: string;
  /** Whether the whole invoice is voided by it. */
  voids: boolean;
  createdBy: string;
  at: Date;
  shares: readonly CreditShare[];
}

/** Writes a credit note and takes it off its invoice, whose account the transaction holds. @returns its number. */
export async function insertCreditNote(client: PoolClient, note: NewCreditNote): Promise<string> {
  const { id, organizationId, invoiceId, amountMinor, reason, voids, createdBy, at, shares } = note;
  const { sequence, number } = await takeCreditNoteNumber(client, organizationId);
  await client.query(
    `insert into credit_notes (id, organization_id, invoice_id, sequence, number, amount_minor, reason, voids, created_by, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [id, organizationId, invoiceId, sequence, number, amountMinor, reason, voids, createdBy, at],
  );
  await client.query(
    `insert into credit_note_lines (credit_note_id, invoice_line_id, organization_id, amount_minor)
     select $1, s."lineId", $2, s."amountMinor" from jsonb_to_recordset($3) s ("lineId" uuid, "amountMinor" bigint)`,
    [id, organizationId, JSON.stringify(shares)],
  );
  await client.query(
    `update invoices set credited_minor = credited_minor + $2, status = case when $3 then 'void' else status end,
       voided_at = case when $3 then $4 else voided_at end
     where id = $1`,
    [invoiceId, amountMinor, voids, at],
  );
  return number;
}
