import { type PoolClient } from 'pg';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { INVOICE_STATUSES } from './invoice-contracts';
import { lockBillingAccount } from './billing-account-store';

const row = z.object({
  id: z.uuid(),
  organizationId: z.uuid(),
  number: z.string().nullable(),
  status: z.enum(INVOICE_STATUSES),
  collection: z.enum(['stripe_invoice', 'stripe_subscription', 'manual']),
  currency: z.string(),
  totalMinor: z.coerce.number(),
  creditedMinor: z.coerce.number(),
  paymentUrl: z.string().nullable(),
});

/** An invoice as it stands, without its lines. */
export type HeldInvoice = z.output<typeof row>;

/** Takes the account of an invoice, and then the invoice, until the transaction ends. @throws AppError not_found */
export async function lockInvoice(client: PoolClient, id: string): Promise<HeldInvoice> {
  const owner = await client.query<{ organization_id: string }>('select organization_id from invoices where id = $1', [
    id,
  ]);
  if (!owner.rows[0]) throw new AppError('not_found', 'There is no such invoice.');
  await lockBillingAccount(client, owner.rows[0].organization_id);
  const { rows } = await client.query(
    `select id, organization_id as "organizationId", number, status, collection, currency, total_minor as "totalMinor",
       credited_minor as "creditedMinor", payment_url as "paymentUrl"
     from invoices where id = $1 for update`,
    [id],
  );
  return row.parse(rows[0]);
}
