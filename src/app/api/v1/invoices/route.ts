import { invoiceList, invoiceListQuery } from '@/billing/contracts';
import { route } from '@/container';
import { seesLiveUsage } from '@/http';

export const GET = route(
  {
    id: 'listInvoices',
    tag: 'Billing',
    summary: 'List invoices',
    description: 'The newest period first, once they are issued. A test key sees none.',
    caller: 'key_or_person',
    scope: 'usage:read',
    query: invoiceListQuery,
    answer: { status: 200, says: 'One page of invoices.', schema: invoiceList },
  },
  async ({ principal, query, services }) =>
    seesLiveUsage(principal)
      ? services.invoices.list(principal.organizationId, query)
      : { data: [], next_cursor: null },
);
