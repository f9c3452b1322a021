import { invoiceView } from '@/billing/contracts';
import { route } from '@/container';
import { assertSeesLiveUsage, idPath } from '@/http';

export const GET = route(
  {
    id: 'getInvoice',
    tag: 'Billing',
    summary: 'Read an invoice',
    description:
      'With all that is needed to compute it again: prices, quantities, what was included, shares of days, and the digest of each line’s ' +
      'events. `npm run verify-invoice` does so from this answer and the files of the lines.',
    caller: 'key_or_person',
    scope: 'usage:read',
    params: idPath,
    answer: { status: 200, says: 'The invoice with its lines.', schema: invoiceView },
  },
  async ({ principal, params, services }) => {
    assertSeesLiveUsage(principal);
    return services.invoices.get(principal.organizationId, params.id);
  },
);
