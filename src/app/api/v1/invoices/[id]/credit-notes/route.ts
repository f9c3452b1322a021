import { invoiceCreditNoteList } from '@/billing/contracts';
import { route } from '@/container';
import { assertSeesLiveUsage, idPath } from '@/http';

export const GET = route(
  {
    id: 'listInvoiceCreditNotes',
    tag: 'Billing',
    summary: 'List the credit notes of an invoice',
    description: 'What was taken off an invoice after it was issued, and why; the oldest first.',
    caller: 'key_or_person',
    scope: 'usage:read',
    params: idPath,
    answer: { status: 200, says: 'All of them.', schema: invoiceCreditNoteList },
  },
  async ({ principal, params, services }) => {
    assertSeesLiveUsage(principal);
    return { data: await services.invoices.creditNotes(principal.organizationId, params.id) };
  },
);
