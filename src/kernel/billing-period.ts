/** One period of a subscription: the half-open interval [from, to). */
export interface BillingPeriod {
  from: Date;
  to: Date;
  /** 0 for the period that begins at the anchor; negative before it. */
  index: number;
}

/**
 * The period that holds an instant. Period n is [anchor + n months, anchor + (n + 1) months) at midnight UTC; a month too
 * short for the anchor's day begins its period on its last day, and the next month is counted from the anchor again: 31 Jan,
 * 28 Feb, 31 Mar. The SQL function billing_period computes the same.
 * @param anchor a UTC day, `YYYY-MM-DD`, of the years 1000 to 9999.
 * @throws RangeError for what is no such day.
 */
export function periodAt(anchor: string, at: Date): BillingPeriod {
  const anchorDay = new Date(`${anchor}T00:00:00Z`);
  if (!/^[1-9]\d{3}-\d\d-\d\d$/.test(anchor) || Number.isNaN(anchorDay.getTime())) {
    throw new RangeError(`Expected a day as YYYY-MM-DD, received ${anchor}.`);
  }
  const months = monthsSinceYearZero(at) - monthsSinceYearZero(anchorDay);
  // A period starts once in every month, so the instant lies in the one of its own month or in the one before.
  const index = startOf(anchorDay, months) <= at ? months : months - 1;
  return { from: startOf(anchorDay, index), to: startOf(anchorDay, index + 1), index };
}

const monthsSinceYearZero = (date: Date): number => date.getUTCFullYear() * 12 + date.getUTCMonth();

function startOf(anchorDay: Date, index: number): Date {
  const year = anchorDay.getUTCFullYear();
  const month = anchorDay.getUTCMonth() + index;
  // Day 0 of the month after is the last day of the month.
  const lastDay = new Date(Date.UTC(year, month + 1, 0)).getUTCDate();
  return new Date(Date.UTC(year, month, Math.min(anchorDay.getUTCDate(), lastDay)));
}
