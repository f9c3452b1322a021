import { drawStatement } from '@/documents';
import { type InvoiceView } from './invoice-contracts';
import { invoiceStatement } from './invoice-statement';

/**
 * An invoice as a file.
 * @param appUrl public address of this installation, without a slash at its end.
 * @throws AppError invalid_request that names what cannot be printed; no issued invoice has such a text.
 */
export async function invoicePdf(invoice: InvoiceView, appUrl: string): Promise<{ file: Buffer; name: string }> {
  const file = await drawStatement(invoiceStatement(invoice, `${appUrl}/billing/invoices/${invoice.id}`));
  const name = invoice.number ?? `draft-${invoice.period_start.slice(0, 10)}`;
  return { file, name: `invoice-${name.replace(/[^A-Za-z0-9._-]/g, '-')}.pdf` };
}
