import { type Entitlements } from '@/plans/contracts';
import { type MetricCatalogue } from '@/plans';
import { type QuotaCounter } from '@/quotas';
import { type QuotaProjection } from '@/quotas/contracts';
import { type ForecastStore } from './forecast-store';
import { daysLeft, forecastPeriod } from './period-forecast';
import { forecastToStore, seenFrom } from './stored-forecast';
import { addsUp, type ReadUsageDays } from './usage-days';

const DAY_MS = 86_400_000;

/**
 * Where live usage of the limited metrics that add up is heading: what is used so far and what is foretold of the days that are left.
 * From what is stored, of today or yesterday; where there is neither, the forecast is made and stored, once a day.
 * @returns by metric; none where there is no ground for one
 */
export type ReadProjections = (
  organizationId: string,
  state: { entitlements: Entitlements; counters: readonly QuotaCounter[]; now: Date },
) => Promise<Map<string, QuotaProjection>>;

export function createReadProjections({
  catalogue,
  store,
  readUsageDays,
}: {
  catalogue: MetricCatalogue;
  store: ForecastStore;
  readUsageDays: ReadUsageDays;
}): ReadProjections {
  return async (organizationId, { entitlements: { period, limits }, counters, now }) => {
    const today = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
    const left = daysLeft(today, period);
    const [metrics, stored, usedToday] = await Promise.all([
      catalogue.all(),
      store.newest(organizationId, new Date(today.getTime() - DAY_MS), today),
      store.usedSince(organizationId, today),
    ]);
    const projections = new Map<string, QuotaProjection>();
    for (const [metric, limit] of limits) {
      const aggregation = metrics.get(metric)?.aggregation;
      if (limit.included === null || aggregation === undefined || !addsUp(aggregation)) continue;
      let made = stored.get(metric);
      // Too few days yesterday may be enough today.
      if (!made || (made.mean.length === 0 && made.madeOn < today)) {
        made = forecastToStore(await readUsageDays(organizationId, metric, 'live'));
        await store.save(organizationId, metric, made);
      }
      const basis = seenFrom(made, today, left);
      if (!basis) continue;
      const used = Number(counters.find((counter) => counter.metric === metric)?.used ?? 0);
      const ofToday = usedToday.get(metric)?.[aggregation === 'count' ? 'count' : 'sum'] ?? 0;
      const { total, exceeds_on, probability } = forecastPeriod(basis, {
        period,
        used,
        usedToday: Math.min(used, ofToday),
        today,
        limit,
        currency: null,
      });
      projections.set(metric, { total, runsOutOn: exceeds_on, probability });
    }
    return projections;
  };
}
