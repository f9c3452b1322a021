/**
 * Forecasts of an organization's usage: what follows its whole days, what the billing period comes to, what was foretold before and how
 * good that was, and where quotas are heading, from what is stored.
 */
import { type Pool } from 'pg';
import { type UsageQueries } from '@/analytics';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type EntitlementReader, type Metric, type MetricCatalogue } from '@/plans';
import { type QuotaStore } from '@/quotas';
import { type ForecastQuery, type ForecastRecord, type ForecastRecordQuery, type UsageForecast } from '../contracts';
import { forecast } from './forecast';
import { recordOf } from './forecast-record';
import { createForecastStore } from './forecast-store';
import { dateAfter, daysLeft, forecastPeriod } from './period-forecast';
import { createReadOutlooks, type ReadOutlooks } from './read-outlooks';
import { createReadLimitedMetrics, createReadProjections, type ReadProjections } from './read-projections';
import { createStoreForecasts, type StoreReport } from './store-forecasts';
import { addsUp, createReadUsageDays, MIN_DAYS, WEEK } from './usage-days';

export interface UsageForecasts {
  /**
   * What comes of a metric. Today is the first day of it: it is not over, and so is no history.
   * @throws AppError not_found for an unknown organization, invalid_request for an unknown metric.
   */
  of(organizationId: string, query: ForecastQuery): Promise<UsageForecast>;
  /** What was foretold of live usage, and what came; of test usage nothing is kept. @throws as `of` does. */
  record(organizationId: string, query: ForecastRecordQuery, livemode: boolean): Promise<ForecastRecord>;
  /** Where live usage of quotas is heading, from what is stored. */
  projections: ReadProjections;
  /** The same day by day, beside the period as it was. */
  outlooks: ReadOutlooks;
  /** Makes and keeps today's forecasts of every organization's limited metrics. See store-forecasts.ts. */
  storeAll(proceed: () => boolean): Promise<StoreReport>;
  /** Removes forecasts that were made more than a year ago. @returns how many. */
  removeOld(now: Date): Promise<number>;
}

interface UsageForecastsOptions {
  pool: Pool;
  usageQueries: Pick<UsageQueries, 'history'>;
  entitlements: EntitlementReader;
  catalogue: MetricCatalogue;
  quotaStore: Pick<QuotaStore, 'counters'>;
  clock: Clock;
  /** Told of what failed in an organization while forecasts were stored. */
  warn: (error: unknown, organizationId: string) => void;
}

const DAY_MS = 86_400_000;

export function createUsageForecasts(options: UsageForecastsOptions): UsageForecasts {
  const { entitlements, catalogue, quotaStore, clock } = options;
  const readUsageDays = createReadUsageDays(options);
  const store = createForecastStore(options);
  const readLimitedMetrics = createReadLimitedMetrics({ catalogue, store, readUsageDays });

  async function metricOf(key: string): Promise<Metric> {
    const metric = (await catalogue.all()).get(key);
    if (metric) return metric;
    const message = 'there is no metric of this name';
    throw new AppError('invalid_request', `metric: ${message}`, { issues: [{ field: 'metric', message }] });
  }

  return {
    storeAll: createStoreForecasts({ ...options, store, readUsageDays }),
    projections: createReadProjections(readLimitedMetrics),
    outlooks: createReadOutlooks({ readLimitedMetrics, readUsageDays }),
    removeOld: (now) => store.removeOld(now),

    async record(organizationId, { metric: key, days, days_ahead: ahead }, livemode) {
      await metricOf(key);
      if (!livemode) return { metric: key, days_ahead: ahead, ...recordOf([], [], ahead) };
      const { days: came, today } = await readUsageDays(organizationId, key, 'live');
      const madeOn = (ago: number) => new Date(today.at.getTime() - (ago + ahead - 1) * DAY_MS);
      const made = await store.madeBetween(organizationId, key, madeOn(days), madeOn(1));
      return { metric: key, days_ahead: ahead, ...recordOf(made, came, ahead) };
    },

    async of(organizationId, { metric: key, horizon_days: horizon, model, mode }) {
      const metric = await metricOf(key);
      const { days, today } = await readUsageDays(organizationId, key, mode);
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
        period: addsUp(metric.aggregation)
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
