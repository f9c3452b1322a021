/** What owners are told when a payment fails, and what follows from it. */
import { fromMinor } from '@/kernel/money';

interface Mail {
  subject: string;
  text: string;
}

const DAY_MS = 86_400_000;
const daysOf = (ms: number) => `${ms / DAY_MS} ${ms === DAY_MS ? 'day' : 'days'}`;

export const failedMail = (
  invoice: { number: string | null; totalMinor: number; creditedMinor: number; currency: string },
  url: string,
  dunningMs: number,
): Mail => ({
  subject: `The payment of invoice ${invoice.number} failed`,
  text: [
    `Invoice ${invoice.number} over ${fromMinor(invoice.totalMinor - invoice.creditedMinor, invoice.currency)} ${invoice.currency} is not paid.`,
    dunningMs === 0
      ? 'Until it is, your organization has the limits of the free plan.'
      : `If it is not paid within ${daysOf(dunningMs)}, your organization has the limits of the free plan until it is.`,
    '',
    'You can pay it here:',
    url,
  ].join('\n'),
});

export const restrictedMail = (planName: string, url: string): Mail => ({
  subject: 'Your organization has the limits of the free plan',
  text: [
    'A payment failed and is still open, so the limits of the free plan hold from now on.',
    `The ${planName} plan comes back at once when all open invoices are paid. Nothing is deleted.`,
    '',
    'Your invoices:',
    url,
  ].join('\n'),
});

export const restoredMail = (planName: string, url: string): Mail => ({
  subject: `Your organization is on the ${planName} plan again`,
  text: ['Thank you: all invoices are paid.', `The ${planName} plan holds again from now on.`, '', url].join('\n'),
});
