import { route } from '@/container';
import { adminInvoice, correctionInput } from '@/billing/contracts';
import { idPath } from '@/http';

export const POST = route(
  {
    id: 'adminMarkInvoicePaid',
    tag: 'Administration',
    summary: 'Mark an invoice as paid',
    description: 'Of one that is paid outside of Stripe. Saying so again changes nothing.',
    caller: 'admin',
    params: idPath,
    body: { schema: correctionInput, example: { reason: 'Bank transfer of 14 May' } },
    answer: { status: 200, says: 'The invoice.', schema: adminInvoice },
    errors: ['conflict'],
  },
  ({ principal, params, body, services }) =>
    services.invoiceAdministration.markPaid(params.id, principal.userId, body.reason),
);
