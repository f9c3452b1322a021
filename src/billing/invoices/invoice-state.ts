import { AppError } from '@/kernel/errors';
import { type INVOICE_STATUSES } from './invoice-contracts';

export type InvoiceStatus = (typeof INVOICE_STATUSES)[number];

/** What may become of an invoice. The database holds the same (guard_invoice). */
const NEXT: Record<InvoiceStatus, readonly InvoiceStatus[]> = {
  draft: ['finalized'],
  finalized: ['sent', 'paid', 'payment_failed', 'void'],
  sent: ['paid', 'payment_failed', 'void'],
  payment_failed: ['paid', 'void'],
  paid: [],
  void: [],
};

/** Whether an invoice in one state can come to another. A state does not follow itself. */
export const canBecome = (from: InvoiceStatus, to: InvoiceStatus): boolean => NEXT[from].includes(to);

/** @throws AppError conflict where an invoice cannot become what somebody wants it to be. */
export function assertCanBecome(from: InvoiceStatus, to: InvoiceStatus): void {
  if (canBecome(from, to)) return;
  throw new AppError('conflict', `The invoice is ${from}: it cannot become ${to}.`, { details: { status: from } });
}
