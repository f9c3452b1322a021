import { route } from '@/container';
import { creditNoteInput, creditNoteView } from '@/billing/contracts';
import { idPath } from '@/http';

export const POST = route(
  {
    id: 'adminCreditInvoice',
    tag: 'Administration',
    summary: 'Credit an invoice',
    description:
      'Takes an amount off an invoice that was handed over, shared out over its lines. One that nobody paid, and of which nothing ' +
      'is left then, is void.',
    caller: 'admin',
    params: idPath,
    idempotency: 'answer',
    body: { schema: creditNoteInput, example: { amount: '12.50', reason: 'Outage on 3 May' } },
    answer: { status: 201, says: 'The credit note.', schema: creditNoteView },
    errors: ['conflict'],
  },
  ({ principal, params, body, services }) => services.creditNotes.credit(params.id, principal.userId, body),
);
