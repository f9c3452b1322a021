/** What an invoice says of itself, in words: the same on the page and on paper. */
import { fromMinor } from '@/kernel/money';
import { formatDate, formatDay } from '@/ui/format-time';
import { type InvoiceSummary } from '../contracts';

/** What is still to be paid, in major units: nothing of what is paid or void. */
export function amountDue({ status, total_minor, credited_minor, currency }: InvoiceSummary): string {
  const settled = status === 'paid' || status === 'void';
  return fromMinor(settled ? 0 : Math.max(0, total_minor - credited_minor), currency);
}

/** The last day of a period, whose end is the first instant after it. */
export const lastDay = (end: string): string => formatDate(Date.parse(end) - 1);

/** `Nov 2 – Dec 1, 2026`, both days included. */
export const periodWords = (from: string, to: string): string => `${formatDay(from)} – ${lastDay(to)}`;
