/** How an organization pays, in words. */
import { type PaymentMethodView, type PaymentView } from '@/billing/contracts';

const BRANDS: Readonly<Record<string, string>> = {
  amex: 'American Express',
  diners: 'Diners Club',
  jcb: 'JCB',
  unionpay: 'UnionPay',
};
const TYPES: Readonly<Record<string, string>> = {
  sepa_debit: 'SEPA direct debit',
  us_bank_account: 'US bank account',
  bacs_debit: 'Bacs direct debit',
};

/** Words that Stripe writes as a name of its own, e.g. `amazon_pay`, as people read them. */
const named = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1).replaceAll('_', ' ');

/** `Visa ending in 4242`; of what is no card its type and, where it is known, its bank. */
export function methodWords({ type, brand, last4 }: PaymentMethodView): string {
  const isCard = type === 'card';
  const name = isCard ? (BRANDS[brand ?? ''] ?? named(brand ?? 'card')) : (TYPES[type] ?? named(type));
  const bank = !isCard && brand !== null ? ` of ${brand}` : '';
  return `${name}${bank}${last4 === null ? '' : ` ending in ${last4}`}`;
}

/** `Expires 04/2034`, the month after which it is over included; null of what does not expire. @param now ISO */
export function expiryOf(
  { exp_month: month, exp_year: year }: PaymentMethodView,
  now: string,
): { words: string; isOver: boolean } | null {
  if (month === null || year === null) return null;
  const isOver = Date.UTC(year, month, 1) <= Date.parse(now);
  return { words: `${isOver ? 'Expired' : 'Expires'} ${String(month).padStart(2, '0')}/${year}`, isOver };
}

const LIVE = ['active', 'trialing', 'past_due'];
/** Whether the plan is paid by a subscription at Stripe. */
export const isPaidThere = ({ subscription }: PaymentView): boolean => LIVE.includes(subscription?.status ?? '');

/** Whether a checkout can be begun: there is no subscription that is still to be settled. */
export const mayCheckOut = (payment: PaymentView): boolean =>
  payment.enabled && !isPaidThere(payment) && payment.subscription?.status !== 'unpaid';

/** How the fee of the plan is paid, in a sentence. */
export function feeWords({ subscription }: PaymentView, { name, isFree }: { name: string; isFree: boolean }): string {
  switch (subscription?.status) {
    case 'active':
    case 'trialing':
      return `${name} is charged there a month in advance, with the overage of the month before.`;
    case 'past_due':
      return 'The last payment failed; it is tried again.';
    case 'unpaid':
      return 'Payments failed too often: nothing is tried any more until the open invoices are paid.';
    default:
      return isFree ? `${name} costs nothing.` : `${name} is billed with the invoice of each month.`;
  }
}

/** What Stripe's page for paying a plan sends people back with. It says where they were, not that anything was paid. */
export const CHECKOUT_RETURNS = ['done', 'canceled'] as const;
export type CheckoutReturn = (typeof CHECKOUT_RETURNS)[number];
