import type Stripe from 'stripe';

type Anchor = Pick<Stripe.Subscription.BillingCycleAnchorConfig, 'day_of_month' | 'hour' | 'minute' | 'second'>;

/** The instant of an anchor in a month, in seconds; a day that the month does not have is its last one. */
function inMonth(anchor: Anchor, year: number, month: number): number {
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  const day = Math.min(anchor.day_of_month, lastDay);
  return Date.UTC(year, month, day, anchor.hour ?? 0, anchor.minute ?? 0, anchor.second ?? 0) / 1000;
}

/** The first instant of an anchor after `seconds`, and the last one before that: the month that `seconds` lies in. */
export function anchoredMonth(anchor: Anchor, seconds: number): { start: number; end: number } {
  const at = new Date(seconds * 1000);
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()];
  const here = inMonth(anchor, year, month);
  return here > seconds
    ? { start: inMonth(anchor, year, month - 1), end: here }
    : { start: here, end: inMonth(anchor, year, month + 1) };
}

/** The part of a price that falls on [start, end) of its month, rounded half up. */
export function prorated(amount: number, part: { start: number; end: number }, month: { start: number; end: number }) {
  return Math.round((amount * (part.end - part.start)) / (month.end - month.start));
}
