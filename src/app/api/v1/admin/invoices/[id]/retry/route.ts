import { route } from '@/container';
import { adminInvoice } from '@/billing/contracts';
import { idPath } from '@/http';

export const POST = route(
  {
    id: 'adminRetryInvoice',
    tag: 'Administration',
    summary: 'Try an invoice again',
    description: 'Finalizes a draft, or hands a finalized invoice over, without waiting for the next run.',
    caller: 'admin',
    params: idPath,
    answer: { status: 200, says: 'The invoice; `attention` says what still stands in its way.', schema: adminInvoice },
    errors: ['conflict'],
  },
  ({ principal, params, services }) => services.invoiceAdministration.retry(params.id, principal.userId),
);
