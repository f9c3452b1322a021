import { route } from '@/container';
import { adminInvoiceList, adminInvoiceQuery } from '@/billing/contracts';

export const GET = route(
  {
    id: 'adminListInvoices',
    tag: 'Administration',
    summary: 'List invoices',
    description:
      'Of all organizations, drafts too, the newest period first; those in one state where `status` is given.',
    caller: 'admin',
    query: adminInvoiceQuery,
    answer: { status: 200, says: 'One page of invoices.', schema: adminInvoiceList },
  },
  ({ query, services }) => services.invoiceAdministration.list(query),
);
