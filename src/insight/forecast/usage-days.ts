/** The days that forecasts are made from: whole UTC days of up to 400, from the sums that charts are drawn from. */
import { type Pool } from 'pg';
import { type UsageQueries } from '@/analytics';
import { readCreatedAt } from './organization-queries';

export interface UsageDay {
  /** Its UTC midnight. */
  at: Date;
  quantity: number;
}

export interface UsageDays {
  /** Whole days, the oldest first: from the first with usage or after the organization's creation; those without usage are zeros. */
  days: UsageDay[];
  /** What the day that is not over has come to. */
  today: UsageDay;
}

/** @throws AppError not_found for an unknown organization. */
export type ReadUsageDays = (
  organizationId: string,
  metric: string,
  mode: 'live' | 'test',
  /** As far back as days are read, today being the last; 400 where nothing is said. */
  reach?: number,
) => Promise<UsageDays>;

/** As far back as days are read at once; today is the last of them. */
const HISTORY_DAYS = 400;
/** Fewer whole days are no ground for a forecast: not every day of the week was seen. */
export const MIN_DAYS = 7;
/** Days of a cycle. */
export const WEEK = 7;
/** Days of other metrics do not add up: a level stands, and a distinct value of two days is one. */
export const addsUp = (aggregation: string): boolean => aggregation === 'sum' || aggregation === 'count';

export function createReadUsageDays({
  pool,
  usageQueries,
}: {
  pool: Pool;
  usageQueries: Pick<UsageQueries, 'history'>;
}): ReadUsageDays {
  return async (organizationId, metric, mode, reach = HISTORY_DAYS) => {
    const query = { metric, mode, days: reach, interval: 'day' } as const;
    const [{ points }, created] = await Promise.all([
      usageQueries.history(organizationId, query),
      readCreatedAt(pool, organizationId),
    ]);
    const days = points.map(({ at, quantity }) => ({ at: new Date(at), quantity: Number(quantity) }));
    const today = days.pop()!;
    // The day of its creation was no whole one; usage from before was brought along, and counts.
    const first = days.findIndex(({ at, quantity }) => quantity > 0 || at > created);
    return { days: first < 0 ? [] : days.slice(first), today };
  };
}
