/** What platform admins may do to an invoice in its state, and what each of it will do, in words. */
import { type AdminInvoice, type CreditNoteView } from '@/billing/contracts';
import { fromMinor } from '@/kernel/money';
import { formatSum } from '@/ui/format-money';
import { amountDue } from '../invoice-words';

export type InvoiceAction = 'retry' | 'void' | 'credit' | 'pay';

const LABELS = {
  retry: 'Try again',
  pay: 'Mark as paid',
  credit: 'Credit an amount',
  void: 'Void',
} as const satisfies Record<InvoiceAction, string>;
export const actionLabel = (action: InvoiceAction, { status }: AdminInvoice): string =>
  action === 'retry' && status === 'draft' ? 'Finalize now' : LABELS[action];

const UNPAID = ['finalized', 'sent', 'payment_failed'];

/** The server has the last word; here is left out what it would refuse. */
export function actionsOn({ status, collection, total_minor, credited_minor }: AdminInvoice): InvoiceAction[] {
  const isLeft = total_minor > credited_minor;
  return [
    ...(status === 'draft' || status === 'finalized' ? (['retry'] as const) : []),
    ...(UNPAID.includes(status) && collection === 'manual' ? (['pay'] as const) : []),
    ...(['sent', 'paid', 'payment_failed'].includes(status) && isLeft ? (['credit'] as const) : []),
    ...(UNPAID.includes(status) && isLeft ? (['void'] as const) : []),
  ];
}

/** What is not credited yet, in major units. */
export const leftOf = ({ total_minor, credited_minor, currency }: AdminInvoice): string =>
  fromMinor(total_minor - credited_minor, currency);

/** What will come of an action: as many sentences as it has consequences. */
export function consequences(action: InvoiceAction, invoice: AdminInvoice): string[] {
  const { status, organization_name: name, currency } = invoice;
  const due = formatSum(amountDue(invoice), currency);
  const left = formatSum(leftOf(invoice), currency);
  const plan = 'If it was the last that failed, the organization gets its plan back.';
  const again = status === 'payment_failed' ? [plan] : [];
  switch (action) {
    case 'retry':
      return status === 'draft'
        ? [`It gets its number, unless its time for review is not over, and is handed over to ${name}.`]
        : [`It is handed over to ${name} now, instead of by the next run.`];
    case 'pay':
      return [`${due} count as paid by ${name}, by a transfer for example. This cannot be taken back.`, ...again];
    case 'void':
      return [
        `A credit note over ${left} is issued, which is everything that is left, and nothing is to be paid any more. This cannot be taken back.`,
        ...again,
      ];
    case 'credit':
      return [
        `A credit note over the amount is issued, shared out over the lines. It cannot be taken back. Up to ${left} is left.`,
        status === 'paid'
          ? 'The invoice stays paid: paying the amount back is up to you.'
          : 'Of all that is left, the invoice is void then.',
      ];
  }
}

/** An invoice after a credit note. */
export function creditedBy(invoice: AdminInvoice, note: CreditNoteView): AdminInvoice {
  const credited_minor = invoice.credited_minor + note.amount_minor;
  return {
    ...invoice,
    credited_minor,
    credited: fromMinor(credited_minor, invoice.currency),
    ...(note.voids && { status: 'void', voided_at: note.created_at }),
  };
}
