// Looks at an organization's usage on demand: the sums of hours that are over, or of days where a metric counts distinct values.

import { type UsageQueries } from '@/analytics';
import { type Clock } from '@/kernel/clock';
import { type MetricCatalogue } from '@/plans';
import { type DetectAnomaliesQuery, type DetectedAnomalies } from './anomaly-contracts';
import { incidentsOf } from './incidents-of';
import { type Kind, KINDS } from './scores/statistics';
import { DAY_MS, HOUR_MS } from './scores/time-profile';

/** Twice the longest range that is read by the hour: eight weeks know each hour of the week, and one more is learnt first. */
const HOURLY_READINGS = 2;
const HOURLY_READING_DAYS = 31;
/** Four months of days. */
const DAILY_DAYS = 120;

const KINDS_OF: Record<DetectAnomaliesQuery['method'], readonly Kind[]> = {
  auto: KINDS,
  statistical: KINDS.filter((kind) => kind !== 'velocity'),
  velocity: ['velocity'],
};

export interface UsageAnomalies {
  /**
   * What was unusual of a metric, of live or of test usage.
   * @throws AppError invalid_request where there is no such metric.
   */
  detect(organizationId: string, query: DetectAnomaliesQuery): Promise<DetectedAnomalies>;
}

interface UsageAnomaliesOptions {
  usageQueries: Pick<UsageQueries, 'history'>;
  catalogue: Pick<MetricCatalogue, 'all'>;
  clock: Clock;
}

export function createUsageAnomalies({ usageQueries, catalogue, clock }: UsageAnomaliesOptions): UsageAnomalies {
  return {
    async detect(organizationId, { metric, method, mode }) {
      const daily = (await catalogue.all()).get(metric)?.aggregation === 'unique';
      const interval = daily ? ('day' as const) : ('hour' as const);
      const stepMs = daily ? DAY_MS : HOUR_MS;
      const readings = daily ? 1 : HOURLY_READINGS;
      const lengthMs = (daily ? DAILY_DAYS : HOURLY_READING_DAYS) * DAY_MS;
      const toMs = Math.floor(clock.now().getTime() / stepMs) * stepMs;
      const fromMs = toMs - readings * lengthMs;
      const values: { atMs: number; value: number }[] = [];
      for (let atMs = fromMs; atMs < toMs; atMs += lengthMs) {
        const range = { from: new Date(atMs).toISOString(), to: new Date(atMs + lengthMs).toISOString() };
        const { points } = await usageQueries.history(organizationId, { ...range, metric, interval, mode });
        for (const { at, quantity } of points) values.push({ atMs: Date.parse(at), value: Number(quantity) });
      }
      // What was before the first use is no silence.
      const begun = values.findIndex(({ value }) => value !== 0);
      const incidents = begun < 0 ? [] : incidentsOf(values.slice(begun), KINDS_OF[method]);
      const period = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
      return { metric, method, interval, period, incidents: incidents.reverse() };
    },
  };
}
