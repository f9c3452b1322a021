/** What becomes of our own invoices when Stripe is told of them. */
import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction, type SqlExecutor } from '@/db';
import { shareOut } from '@/rating';
import { insertEvent } from './webhooks/stripe-event-store';

/** Issued invoices of an organization that Stripe is to collect and has not been told of in full, the oldest period first. */
export async function readUntold(pool: Pool, organizationId: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select id from invoices where organization_id = $1 and status = 'finalized' and collection <> 'manual' order by period_start`,
    [organizationId],
  );
  return rows.map(({ id }) => id);
}

/** By which invoice at Stripe it is collected. */
export async function noteStripeInvoice(client: PoolClient, id: string, stripeInvoiceId: string): Promise<void> {
  await client.query('update invoices set stripe_invoice_id = $2 where id = $1', [id, stripeInvoiceId]);
}

/** Says to admins why it goes no further. */
export async function noteRefusal(client: SqlExecutor, id: string, reason: string): Promise<void> {
  await client.query('update invoices set attention = left($2, 500) where id = $1', [id, reason]);
}

/** The type of an event of our own, by which an invoice is looked at again once Stripe was told all of it. */
export const TOLD = 'tollgate.invoice_told';

const toldRow = z.object({ subtotal_minor: z.coerce.number() });
const lineRow = z.object({ id: z.string(), amount_minor: z.coerce.number() });

export interface Told {
  stripeInvoiceId: string;
  paymentUrl: string | null;
  /** Taxes that Stripe added to our lines, in minor units. */
  taxMinor: number;
  at: Date;
}

/**
 * Stripe knows all of it: taxes come back, shared out over the lines that are charged by largest remainder, and it is sent.
 * What Stripe said of it meanwhile was not used; so its state is looked at again, as if an event told of it.
 * @returns false where it was told of before, or has gone on otherwise meanwhile.
 */
export const noteTold = (pool: Pool, id: string, told: Told): Promise<boolean> =>
  inTransaction(pool, async (client) => {
    const { rows } = await client.query(
      `select subtotal_minor from invoices where id = $1 and status = 'finalized' for update`,
      [id],
    );
    if (rows[0] === undefined) return false;
    const { subtotal_minor: subtotalMinor } = toldRow.parse(rows[0]);
    if (told.taxMinor > 0) await shareTax(client, id, told.taxMinor);
    await client.query(
      `update invoices set status = 'sent', sent_at = $2, stripe_invoice_id = $3, payment_url = $4, tax_minor = $5, total_minor = $6, attention = null
       where id = $1`,
      [id, told.at, told.stripeInvoiceId, told.paymentUrl, told.taxMinor, subtotalMinor + told.taxMinor],
    );
    await insertEvent(client, {
      id: `evt_tollgate_${id.replaceAll('-', '')}`,
      type: TOLD,
      objectId: told.stripeInvoiceId,
      customerId: null,
      createdAt: told.at,
    });
    return true;
  });

async function shareTax(client: PoolClient, id: string, taxMinor: number): Promise<void> {
  const { rows } = await client.query(
    'select id, amount_minor from invoice_lines where invoice_id = $1 order by position',
    [id],
  );
  const lines = z.array(lineRow).parse(rows);
  const shares = shareOut(
    taxMinor,
    lines.map(({ amount_minor }) => Math.max(0, amount_minor)),
  );
  await client.query(
    `update invoice_lines l set tax_minor = s.tax from unnest($1::uuid[], $2::bigint[]) s (id, tax) where l.id = s.id`,
    [lines.map((line) => line.id), shares],
  );
}
