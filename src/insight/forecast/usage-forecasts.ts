/**
 * Forecasts of an organization's usage: its whole days of up to 400 from the sums that charts are drawn from, what follows them,
 * and what the billing period comes to.
 */
import { type Pool } from 'pg';
import { type UsageQueries } from '@/analytics';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type EntitlementReader, type MetricCatalogue } from '@/plans';
import { type QuotaStore } from '@/quotas';
import { type ForecastQuery, type UsageForecast } from '../contracts';
import { forecast } from './forecast';
import { readCreatedAt } from './organization-queries';
import { dateAfter, daysLeft, forecastPeriod } from './period-forecast';

export interface UsageForecasts {
  /**
   * What comes of a metric. Today is the first day of it: it is not over, and so is no history.
   * @throws AppError not_found for an unknown organization, invalid_request for an unknown metric.
   */
  of(organizationId: string, query: ForecastQuery): Promise<UsageForecast>;
}

interface UsageForecastsOptions {
  pool: Pool;
  usageQueries: Pick<UsageQueries, 'history'>;
  entitlements: EntitlementReader;
  catalogue: MetricCatalogue;
  quotaStore: Pick<QuotaStore, 'counters'>;
  clock: Clock;
}

/** As far back as days are read at once; today is the last of them. */
const HISTORY_DAYS = 400;
const MIN_DAYS = 7;
const WEEK = 7;
/** Days of other metrics do not add up: a level stands, and a distinct value of two days is one. */
const ADDS_UP: readonly string[] = ['sum', 'count'];

export function createUsageForecasts(options: UsageForecastsOptions): UsageForecasts {
  const { pool, usageQueries, entitlements, catalogue, quotaStore, clock } = options;

  /** Whole days, the oldest first, and what today has come to. */
  async function historyOf(organizationId: string, metric: string, mode: 'live' | 'test') {
    const query = { metric, mode, days: HISTORY_DAYS, interval: 'day' } as const;
    const [{ points }, created] = await Promise.all([
      usageQueries.history(organizationId, query),
      readCreatedAt(pool, organizationId),
    ]);
    const days = points.map(({ at, quantity }) => ({ at: new Date(at), quantity: Number(quantity) }));
    const today = days.pop()!;
    // The day of its creation was no whole one; usage from before was brought along, and counts.
    const first = days.findIndex(({ at, quantity }) => quantity > 0 || at > created);
    return { days: first < 0 ? [] : days.slice(first), today };
  }

  return {
    async of(organizationId, { metric: key, horizon_days: horizon, model, mode }) {
      const metric = (await catalogue.all()).get(key);
      if (!metric) {
        const message = 'there is no metric of this name';
        throw new AppError('invalid_request', `metric: ${message}`, { issues: [{ field: 'metric', message }] });
      }
      const { days, today } = await historyOf(organizationId, key, mode);
      const history = { from: days[0] ? dateAfter(days[0].at, 0) : null, days: days.length };
      if (days.length < MIN_DAYS) {
        return { status: 'insufficient_data', metric: key, model, history, days: [], period: null, accuracy: null };
      }
      const now = clock.now();
      const isLive = mode === 'live';
      const [{ period, plan, limits, testLimits }, counters] = await Promise.all([
        entitlements.read(organizationId, now),
        quotaStore.counters(organizationId, isLive, now),
      ]);
      const used = Number(counters.find((counter) => counter.metric === key)?.used ?? 0);
      const left = daysLeft(today.at, period);
      const quantities = days.map(({ quantity }) => quantity);
      const answer = forecast(quantities, { season: WEEK, horizon: Math.max(horizon, left), model });
      const limit = (isLive ? limits : testLimits).get(key) ?? null;
      const { mase, wape, inside, rSquared } = answer.accuracy;
      return {
        status: 'ok',
        metric: key,
        model,
        history,
        days: Array.from({ length: horizon }, (_, ahead) => ({
          date: dateAfter(today.at, ahead),
          mean: answer.mean[ahead]!,
          lo: answer.lo[ahead]!,
          hi: answer.hi[ahead]!,
        })),
        period: ADDS_UP.includes(metric.aggregation)
          ? forecastPeriod(answer, {
              period,
              used,
              // A period that began today, at an hour of its own, has no more of today than it has in all.
              usedToday: Math.min(used, today.quantity),
              today: today.at,
              limit,
              currency: isLive ? plan.currency : null,
            })
          : null,
        accuracy: { mase, wape, inside, r_squared: rSquared },
      };
    },
  };
}
