import { type Metric, type MetricCatalogue } from '@/plans';
import { type EffectiveLimit, type Entitlements } from '@/plans/contracts';
import { type QuotaCounter } from '@/quotas';
import { type QuotaProjection } from '@/quotas/contracts';
import { type PeriodForecast } from '../contracts';
import { type ForecastStore } from './forecast-store';
import { daysLeft, forecastPeriod, type PeriodBasis, type PeriodState } from './period-forecast';
import { forecastToStore, seenFrom } from './stored-forecast';
import { addsUp, type ReadUsageDays } from './usage-days';

const DAY_MS = 86_400_000;

/** What is known of an organization's live quotas at an instant. */
export interface QuotaState {
  entitlements: Entitlements;
  counters: readonly QuotaCounter[];
  now: Date;
}

/** A limited metric whose days add up, and what is foretold of it. */
export interface LimitedMetric {
  metric: Metric;
  limit: EffectiveLimit;
  state: PeriodState;
  /** Whole days that it was foretold from. */
  historyDays: number;
  /** Null where there is no ground for a forecast, as the next one. */
  basis: PeriodBasis | null;
  forecast: PeriodForecast | null;
}
export type ReadLimitedMetrics = (organizationId: string, state: QuotaState) => Promise<LimitedMetric[]>;

/**
 * Where live usage of the limited metrics that add up is heading: what is used so far and what is foretold of the days that are left.
 * @returns by metric; none where there is no ground for one
 */
export type ReadProjections = (organizationId: string, state: QuotaState) => Promise<Map<string, QuotaProjection>>;

export function createReadProjections(readLimitedMetrics: ReadLimitedMetrics): ReadProjections {
  return async (organizationId, state) =>
    new Map(
      (await readLimitedMetrics(organizationId, state)).flatMap(({ metric, forecast }) =>
        forecast
          ? [
              [
                metric.key,
                { total: forecast.total, runsOutOn: forecast.exceeds_on, probability: forecast.probability },
              ] as const,
            ]
          : [],
      ),
    );
}

/** From what is stored, of today or yesterday; where there is neither, the forecast is made and stored, once a day. */
export function createReadLimitedMetrics({
  catalogue,
  store,
  readUsageDays,
}: {
  catalogue: MetricCatalogue;
  store: ForecastStore;
  readUsageDays: ReadUsageDays;
}): ReadLimitedMetrics {
  return async (organizationId, { entitlements: { period, limits }, counters, now }) => {
    const today = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
    const [metrics, stored, usedToday] = await Promise.all([
      catalogue.all(),
      store.newest(organizationId, new Date(today.getTime() - DAY_MS), today),
      store.usedSince(organizationId, today),
    ]);
    const limited: LimitedMetric[] = [];
    for (const limit of limits.values()) {
      const metric = metrics.get(limit.metric);
      if (limit.included === null || !metric || !addsUp(metric.aggregation)) continue;
      let made = stored.get(metric.key);
      if (!made) {
        made = forecastToStore(await readUsageDays(organizationId, metric.key, 'live'));
        // Too few days now may be enough in a minute, when what was used before is imported.
        if (made.mean.length > 0) await store.save(organizationId, metric.key, made);
      }
      const used = Number(counters.find((counter) => counter.metric === metric.key)?.used ?? 0);
      const ofToday = usedToday.get(metric.key)?.[metric.aggregation === 'count' ? 'count' : 'sum'] ?? 0;
      const state = { period, used, usedToday: Math.min(used, ofToday), today, limit, currency: null };
      const basis = seenFrom(made, today, daysLeft(today, period));
      const forecast = basis && forecastPeriod(basis, state);
      limited.push({ metric, limit, state, historyDays: made.historyDays, basis, forecast });
    }
    return limited;
  };
}
