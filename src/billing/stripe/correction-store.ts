/** Corrections of invoices that Stripe collects: what it is to be told is written down with the correction itself. */
import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { insertEffects } from './effect-store';

interface Correction {
  organizationId: string;
  invoiceId: string;
  /** The credit note. */
  id: string;
  /** Whether the invoice is void by it. */
  voids: boolean;
  amountMinor: number;
  at: Date;
}

const correctedRow = z.object({
  collection: z.enum(['stripe_invoice', 'stripe_subscription', 'manual']),
  total_minor: z.coerce.number(),
  sent_at: z.date().nullable(),
});

/**
 * Has Stripe be told of a credit note, in the transaction that makes it. One that voids the whole invoice has Stripe's voided,
 * unless it is that of a subscription, which has other lines too; where it was paid there meanwhile, all is refunded. Else less is due of what is not paid there, and what was paid
 * is refunded. Nothing is told where Stripe does not collect the invoice.
 * @throws AppError conflict while the invoice is on its way to the invoice of a subscription.
 */
export async function tellStripeOfCorrection(client: PoolClient, correction: Correction): Promise<void> {
  const { organizationId, invoiceId, id, voids, amountMinor, at } = correction;
  const { rows } = await client.query('select collection, total_minor, sent_at from invoices where id = $1', [
    invoiceId,
  ]);
  const invoice = correctedRow.parse(rows[0]);
  if (invoice.collection === 'manual') return;
  if (invoice.collection === 'stripe_invoice' && voids && amountMinor === invoice.total_minor) {
    // What it was to be told until now it is not told any more.
    await client.query(
      `update stripe_effects set state = 'failed', last_error = 'the invoice was voided' where invoice_id = $1 and state = 'pending'`,
      [invoiceId],
    );
    const effect = `invoice/${invoiceId}/void`;
    await insertEffects(client, [{ organizationId, invoiceId, creditNoteId: id, effect, kind: 'void' }], at);
    return;
  }
  if (invoice.sent_at === null)
    throw new AppError('conflict', 'The invoice is on its way to Stripe. Try again when it was sent.');
  await insertEffects(
    client,
    [{ organizationId, invoiceId, creditNoteId: id, effect: `credit-note/${id}`, kind: 'credit_note' }],
    at,
  );
}

const creditRow = z
  .object({
    invoice_id: z.string(),
    stripe_invoice_id: z.string(),
    amount_minor: z.coerce.number(),
    reason: z.string(),
  })
  .transform((row) => ({
    invoiceId: row.invoice_id,
    stripeInvoiceId: row.stripe_invoice_id,
    amountMinor: row.amount_minor,
    reason: row.reason,
  }));

/** A credit note, as Stripe is told of it. */
export async function readCredit(pool: Pool, creditNoteId: string): Promise<z.output<typeof creditRow>> {
  const { rows } = await pool.query(
    `select n.invoice_id, i.stripe_invoice_id, n.amount_minor, n.reason from credit_notes n join invoices i on i.id = n.invoice_id where n.id = $1`,
    [creditNoteId],
  );
  return creditRow.parse(rows[0]);
}

export async function noteStripeCreditNote(client: PoolClient, id: string, stripeId: string): Promise<void> {
  await client.query('update credit_notes set stripe_credit_note_id = $2 where id = $1', [id, stripeId]);
}
