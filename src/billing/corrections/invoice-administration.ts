import { type Pool } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type Dunning, type DunningOptions } from '../dunning/dunning';
import { decodeInvoiceCursor, encodeInvoiceCursor } from '../invoices/invoice-cursor';
import { lockInvoice } from '../invoices/invoice-lock-store';
import { INVOICE_STATUSES } from '../invoices/invoice-contracts';
import { INVOICE_COLUMNS, invoiceRow } from '../invoices/invoice-rows';
import { invoiceSummaryOf } from '../invoices/invoice-view';
import { retryRefused } from '../stripe/effect-store';
import { type BillingSteps } from '../runs/run-billing';
import { type AdminInvoice, type AdminInvoiceList, type AdminInvoiceQuery } from './correction-contracts';

/** What platform admins see of invoices and do to them, beside correcting them. */
export interface InvoiceAdministration {
  /** Invoices of all organizations, drafts too, the newest period first. @throws AppError invalid_request for a wrong cursor. */
  list(query: AdminInvoiceQuery): Promise<AdminInvoiceList>;
  /** @throws AppError not_found */
  get(id: string): Promise<AdminInvoice>;
  /**
   * Tries at once what an invoice waits for: to be finalized, or handed over; and what Stripe refused of it.
   * @returns the invoice as it is then; `attention` says what still stands in its way.
   * @throws AppError not_found; conflict for an invoice that waits for nothing of the two.
   */
  retry(id: string, userId: string): Promise<AdminInvoice>;
  /** Says that an invoice was paid outside of Stripe. Saying so twice changes nothing. @throws AppError as Dunning.markPaid does */
  markPaid(id: string, userId: string, reason: string): Promise<AdminInvoice>;
}

interface Options extends Pick<DunningOptions, 'audit'> {
  pool: Pool;
  clock: Clock;
  dunning: Pick<Dunning, 'markPaid'>;
  steps: Pick<BillingSteps, 'finalizeDrafts' | 'handOver'>;
}

const ofOrganization = z.object({
  organization_id: z.uuid(),
  organization_name: z.string(),
  attention: z.string().nullable(),
});
const countRow = z.object({ status: z.enum(INVOICE_STATUSES), invoices: z.int() });
const NO_COUNTS = { draft: 0, finalized: 0, sent: 0, paid: 0, payment_failed: 0, void: 0 } as const;
const SELECT = `select ${INVOICE_COLUMNS}, i.organization_id, o.name as organization_name, i.attention
  from invoices i join organizations o on o.id = i.organization_id`;
const toView = (row: unknown): AdminInvoice => ({
  ...invoiceSummaryOf(invoiceRow.parse(row)),
  ...ofOrganization.parse(row),
});

export function createInvoiceAdministration({ pool, clock, dunning, steps, audit }: Options): InvoiceAdministration {
  async function get(id: string): Promise<AdminInvoice> {
    const { rows } = await pool.query(`${SELECT} where i.id = $1`, [id]);
    if (rows[0] === undefined) throw new AppError('not_found', 'There is no such invoice.');
    return toView(rows[0]);
  }

  async function countByStatus(organizationId: string | null): Promise<AdminInvoiceList['counts']> {
    const { rows } = await pool.query(
      'select i.status, count(*)::integer as invoices from invoices i where $1::uuid is null or i.organization_id = $1 group by i.status',
      [organizationId],
    );
    const counted = rows.map((row) => countRow.parse(row)).map(({ status, invoices }) => [status, invoices]);
    return { ...NO_COUNTS, ...(Object.fromEntries(counted) as Partial<AdminInvoiceList['counts']>) };
  }

  return {
    get,

    async list({ status, organization_id: organizationId = null, limit, cursor }) {
      const after = cursor === undefined ? null : decodeInvoiceCursor(cursor);
      const [{ rows }, counts] = await Promise.all([
        pool.query(
          `${SELECT} where ($1::text is null or i.status = $1) and ($5::uuid is null or i.organization_id = $5)
             and ($2::timestamptz is null or (i.period_end, i.id) < ($2, $3::uuid))
           order by i.period_end desc, i.id desc limit $4`,
          [status ?? null, after?.periodStart ?? null, after?.id ?? null, limit + 1, organizationId],
        ),
        countByStatus(organizationId),
      ]);
      const data = rows.slice(0, limit).map(toView);
      const last = data.at(-1);
      const next =
        rows.length > limit && last ? encodeInvoiceCursor({ periodStart: last.period_end, id: last.id }) : null;
      return { data, next_cursor: next, counts };
    },

    async retry(id, userId) {
      const { organizationId } = await inTransaction(pool, async (client) => {
        const invoice = await lockInvoice(client, id);
        const refused = await retryRefused(client, id);
        if (refused === 0 && invoice.status !== 'draft' && invoice.status !== 'finalized') {
          throw new AppError('conflict', `The invoice is ${invoice.status}: there is nothing to try again.`);
        }
        await client.query(`update billing_accounts set retry_at = '-infinity' where organization_id = $1`, [
          invoice.organizationId,
        ]);
        await audit(client, {
          organizationId: invoice.organizationId,
          actor: { kind: 'user', id: userId },
          action: 'invoice.retried',
          target: id,
          details: { number: invoice.number, status: invoice.status },
        });
        return invoice;
      });
      const now = clock.now();
      await steps.finalizeDrafts(organizationId, now);
      await steps.handOver(organizationId, now);
      return get(id);
    },

    async markPaid(id, userId, reason) {
      await dunning.markPaid(id, clock.now(), { actor: { kind: 'user', id: userId }, reason });
      return get(id);
    },
  };
}
