/** What this installation says that Stripe should know, as far as it has been handed over. */
import { type Pool } from 'pg';
import { z } from 'zod';

const minor = z.coerce.number().pipe(z.int());

const invoiceRow = z.object({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(['finalized', 'sent', 'paid', 'payment_failed', 'void']),
  collection: z.enum(['stripe_invoice', 'stripe_subscription']),
  currency: z.string(),
  subtotalMinor: minor,
  taxMinor: minor,
  totalMinor: minor,
  stripeId: z.string().nullable(),
});
export type OurInvoice = z.output<typeof invoiceRow>;

const itemRow = z.object({
  invoiceId: z.uuid(),
  effect: z.string(),
  /** Null: it has not been sent. */
  amountMinor: minor.nullable(),
  state: z.enum(['pending', 'done', 'failed']),
});
/** A line, or several of one metric, as it was to be sent. */
export type OurItem = z.output<typeof itemRow>;

const creditNoteRow = z.object({
  id: z.uuid(),
  number: z.string(),
  invoiceId: z.uuid(),
  amountMinor: minor,
  currency: z.string(),
  stripeId: z.string().nullable(),
});
export type OurCreditNote = z.output<typeof creditNoteRow>;

const openRow = z.object({ about: z.string(), detail: z.string() });

export interface OurSide {
  invoices: OurInvoice[];
  items: OurItem[];
  creditNotes: OurCreditNote[];
  /** Customers at Stripe that are organizations here. */
  customers: ReadonlySet<string>;
  unfinished: z.output<typeof openRow>[];
}

/** Of invoices that were finalized from `since` on. Drafts are nobody's business yet. */
export async function readOurSide(pool: Pool, since: Date): Promise<OurSide> {
  const issued = `status <> 'draft' and collection <> 'manual' and finalized_at >= $1 and total_minor > 0`;
  const invoices = await pool.query(
    `select id, number as name, status, collection, currency, subtotal_minor as "subtotalMinor", tax_minor as "taxMinor",
       total_minor as "totalMinor", stripe_invoice_id as "stripeId"
     from invoices where ${issued} order by finalized_at, id`,
    [since],
  );
  const items = await pool.query(
    `select e.invoice_id as "invoiceId", e.effect, (e.request ->> 'amount')::bigint as "amountMinor", e.state
     from stripe_effects e join invoices i on i.id = e.invoice_id where e.kind = 'item' and i.${issued.replaceAll(' and ', ' and i.')}
     order by e.invoice_id, e.position, e.effect`,
    [since],
  );
  const creditNotes = await pool.query(
    `select c.id, c.number, c.invoice_id as "invoiceId", c.amount_minor as "amountMinor", i.currency, c.stripe_credit_note_id as "stripeId"
     from credit_notes c join invoices i on i.id = c.invoice_id where i.${issued.replaceAll(' and ', ' and i.')} order by c.created_at, c.id`,
    [since],
  );
  const customers = await pool.query<{ id: string }>('select customer_id as id from stripe_customers');
  const unfinished = await pool.query(
    `select 'effect ' || effect as about, concat_ws(': ', state, 'tried ' || attempts || ' times', last_error) as detail
     from stripe_effects e
     where kind not in ('meter', 'meter_event') and (state = 'failed' or (state = 'pending' and created_at < clock_timestamp() - interval '1 hour'))
       -- What Stripe was still to be told of an invoice when it was voided is not told any more.
       and (kind in ('void', 'credit_note') or not exists (select from invoices i where i.id = e.invoice_id and i.status = 'void'))
     union all
     select 'event ' || id || ' ' || type, concat_ws(': ', state, 'tried ' || attempts || ' times', last_error)
     from stripe_events where state = 'failed' or (state <> 'done' and received_at < clock_timestamp() - interval '1 hour')`,
  );
  return {
    invoices: z.array(invoiceRow).parse(invoices.rows),
    items: z.array(itemRow).parse(items.rows),
    creditNotes: z.array(creditNoteRow).parse(creditNotes.rows),
    customers: new Set(customers.rows.map(({ id }) => id)),
    unfinished: z.array(openRow).parse(unfinished.rows),
  };
}
