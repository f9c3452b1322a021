import { route } from '@/container';
import { correctionInput, creditNoteView } from '@/billing/contracts';
import { idPath } from '@/http';

export const POST = route(
  {
    id: 'adminVoidInvoice',
    tag: 'Administration',
    summary: 'Void an invoice',
    description: 'By a credit note over everything that is left of it. What is paid is not voided but credited.',
    caller: 'admin',
    params: idPath,
    idempotency: 'answer',
    body: { schema: correctionInput, example: { reason: 'Billed to the wrong organization' } },
    answer: { status: 201, says: 'The credit note.', schema: creditNoteView },
    errors: ['conflict'],
  },
  ({ principal, params, body, services }) => services.creditNotes.void(params.id, principal.userId, body.reason),
);
