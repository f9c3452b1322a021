import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { fromMinor } from '@/kernel/money';
import { type InvoiceCreditNote } from '../corrections/correction-contracts';
import { type InvoiceList, type InvoiceListQuery, type InvoiceView } from './invoice-contracts';
import { decodeInvoiceCursor, encodeInvoiceCursor } from './invoice-cursor';
import { INVOICE_COLUMNS, invoiceRow, lineRow, LINES } from './invoice-rows';
import { invoiceSummaryOf, invoiceViewOf } from './invoice-view';

interface Drafts {
  /** Drafts are what is not said yet: platform admins see them, the organization does not. */
  drafts?: boolean;
}

export interface InvoiceQueries {
  /** An organization's invoices, the newest period first. @throws AppError invalid_request for a wrong cursor. */
  list(organizationId: string, query: InvoiceListQuery, options?: Drafts): Promise<InvoiceList>;
  /** @throws AppError not_found, also for an invoice of another organization. */
  get(organizationId: string, id: string, options?: Drafts): Promise<InvoiceView>;
  /** What was taken off an invoice, the oldest first. @throws AppError not_found as `get` does. */
  creditNotes(organizationId: string, id: string, options?: Drafts): Promise<InvoiceCreditNote[]>;
}

const creditNoteRow = z.object({
  currency: z.string(),
  id: z.uuid(),
  number: z.string(),
  amount_minor: z.coerce.number(),
  reason: z.string(),
  voids: z.boolean(),
  created_at: z.date(),
  is_told: z.boolean(),
});

const notFound = () => new AppError('not_found', 'There is no such invoice in this organization.');

export function createInvoiceQueries({ pool }: { pool: Pool | PoolClient }): InvoiceQueries {
  return {
    async list(organizationId, { limit, cursor }, { drafts = false } = {}) {
      const after = cursor === undefined ? null : decodeInvoiceCursor(cursor);
      const { rows } = await pool.query(
        `select ${INVOICE_COLUMNS} from invoices i
         where i.organization_id = $1 and ($2 or i.status <> 'draft') and ($3::timestamptz is null or (i.period_start, i.id) < ($3, $4::uuid))
         order by i.period_start desc, i.id desc limit $5`,
        [organizationId, drafts, after?.periodStart ?? null, after?.id ?? null, limit + 1],
      );
      const page = rows.slice(0, limit).map((row) => invoiceSummaryOf(invoiceRow.parse(row)));
      const last = page.at(-1);
      const next =
        rows.length > limit && last ? encodeInvoiceCursor({ periodStart: last.period_start, id: last.id }) : null;
      return { data: page, next_cursor: next };
    },

    async get(organizationId, id, { drafts = false } = {}) {
      // One after the other: a transaction has one connection.
      const found = await pool.query(
        `select ${INVOICE_COLUMNS} from invoices i where i.organization_id = $1 and i.id = $2 and ($3 or i.status <> 'draft')`,
        [organizationId, id, drafts],
      );
      if (found.rows[0] === undefined) throw notFound();
      const lines = await pool.query(
        `${LINES} where l.organization_id = $1 and l.invoice_id = $2 order by l.position`,
        [organizationId, id],
      );
      return invoiceViewOf(
        invoiceRow.parse(found.rows[0]),
        lines.rows.map((row) => lineRow.parse(row)),
      );
    },

    async creditNotes(organizationId, id, { drafts = false } = {}) {
      const { rows } = await pool.query<{ id: string | null }>(
        `select i.currency, n.id, n.number, n.amount_minor, n.reason, n.voids, n.created_at,
           not exists (select from stripe_effects e where e.effect = 'credit-note/' || n.id and e.state <> 'done') as is_told
         from invoices i left join credit_notes n on n.invoice_id = i.id
         where i.organization_id = $1 and i.id = $2 and ($3 or i.status <> 'draft') order by n.sequence`,
        [organizationId, id, drafts],
      );
      if (rows.length === 0) throw notFound();
      return rows.filter((row) => row.id !== null).map((row) => creditNoteOf(creditNoteRow.parse(row)));
    },
  };
}

const creditNoteOf = ({ is_told, created_at, ...row }: z.output<typeof creditNoteRow>): InvoiceCreditNote => ({
  ...row,
  amount: fromMinor(row.amount_minor, row.currency),
  created_at: created_at.toISOString(),
  state: is_told ? 'issued' : 'on_its_way',
});
