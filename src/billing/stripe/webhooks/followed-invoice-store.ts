import { type Pool } from 'pg';
import { z } from 'zod';

export interface OurInvoice {
  id: string;
  organizationId: string;
  status: 'draft' | 'finalized' | 'sent' | 'paid' | 'payment_failed' | 'void';
}

const invoiceRow = z.object({
  id: z.uuid(),
  organizationId: z.uuid(),
  status: z.enum(['draft', 'finalized', 'sent', 'paid', 'payment_failed', 'void']),
});

/** Our invoices that an invoice at Stripe collects: most often one. */
export async function readInvoicesAtStripe(pool: Pool, stripeInvoiceId: string): Promise<OurInvoice[]> {
  const { rows } = await pool.query(
    `select id, organization_id as "organizationId", status from invoices where stripe_invoice_id = $1 order by period_start`,
    [stripeInvoiceId],
  );
  return z.array(invoiceRow).parse(rows);
}

/** Keeps where the customer can pay, and says to admins why Stripe cannot issue it. */
export async function noteInvoice(
  pool: Pool,
  id: string,
  { paymentUrl, attention }: { paymentUrl: string | null; attention: string | null },
): Promise<void> {
  await pool.query(
    `update invoices set payment_url = coalesce($2, payment_url), attention = coalesce(left('Stripe cannot issue it: ' || $3, 500), attention)
     where id = $1 and (payment_url is distinct from coalesce($2, payment_url) or $3::text is not null)`,
    [id, paymentUrl, attention],
  );
}

/** Says to admins that something is to be done by hand. */
export async function askForAttention(pool: Pool, id: string, attention: string): Promise<void> {
  await pool.query('update invoices set attention = $2 where id = $1', [id, attention.slice(0, 500)]);
}

/** Whether a credit note at Stripe is one of ours. */
export async function isOurCreditNote(pool: Pool, stripeCreditNoteId: string): Promise<boolean> {
  const { rowCount } = await pool.query(
    `select from credit_notes where stripe_credit_note_id = $1
     union all select from stripe_effects where stripe_id = $1 and kind = 'credit_note'`,
    [stripeCreditNoteId],
  );
  return (rowCount ?? 0) > 0;
}
