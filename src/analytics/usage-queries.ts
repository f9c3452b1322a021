/**
 * What people and programs read about usage. Every answer but the export comes from sums by hour and by day, so its
 * cost grows with the days, keys and routes of the range, never with its traffic.
 */
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type Clock } from '@/kernel/clock';
import { API_CALLS } from '@/metering/contracts';
import { type Metric, type MetricCatalogue } from '@/plans';
import {
  type CurrentUsage,
  type ExportedEvent,
  type HistoryQuery,
  type RangeQuery,
  type UsageByEndpoint,
  type UsageHistory,
  type UsageStats,
  type UsageSummary,
  type UsageTrends,
} from './contracts';
import { createExportQueries } from './export-queries';
import {
  bucketStarts,
  dayOf,
  HOURLY_DAYS,
  hoursOnly,
  lengthInDays,
  rangeBefore,
  resolveRange,
  splitRange,
  type Range,
} from './range';
import { endpointOf, periodOf, quantityOf, statsOf, trendsOf } from './usage-figures';
import * as sums from './usage-sums-queries';

/** Longest range that is drawn by the hour: 744 points. */
const MAX_HOURLY_DAYS = 31;
const TOP_ENDPOINTS = 5;

type Mode = Pick<RangeQuery, 'mode'>;

/** Every function answers for one organization, of live or of test usage. All throw AppError invalid_request for a bad range. */
export interface UsageQueries {
  /** Quantities of every metric in the organization's present billing period; api_calls first. */
  currentPeriod(organizationId: string, query: Mode): Promise<CurrentUsage>;
  /** One point per UTC hour or day, zeros included. */
  history(organizationId: string, query: HistoryQuery): Promise<UsageHistory>;
  /** Requests, errors and latency per route, the busiest first. */
  byEndpoint(organizationId: string, query: RangeQuery): Promise<UsageByEndpoint>;
  stats(organizationId: string, query: RangeQuery): Promise<UsageStats>;
  /** The range beside the one of equal length before it. */
  trends(organizationId: string, query: RangeQuery): Promise<UsageTrends>;
  /** The current period, today, and trend and top five endpoints of the range. */
  summary(organizationId: string, query: RangeQuery): Promise<UsageSummary>;
  /**
   * Raw events of the range in batches of up to 1,000, each event once, as of one instant; the order is not promised.
   * Leave the iteration early to release its connection.
   * @throws AppError too_many_requests while as many exports as allowed are running.
   */
  exportEvents(organizationId: string, query: RangeQuery): AsyncGenerator<ExportedEvent[], void, undefined>;
}

interface UsageQueriesOptions {
  pool: Pool;
  clock: Clock;
  catalogue: MetricCatalogue;
  /** The organization's billing period at an instant: whole UTC days. */
  billingPeriodOf: (organizationId: string, at: Date) => Promise<Range>;
}

export function createUsageQueries({ pool, clock, catalogue, billingPeriodOf }: UsageQueriesOptions): UsageQueries {
  const exports = createExportQueries({ pool });
  const scopeOf = (organizationId: string, query: RangeQuery, range: Range): sums.UsageScope => ({
    organizationId,
    livemode: query.mode === 'live',
    apiKeyId: query.api_key_id ?? null,
    parts: splitRange(range),
  });

  async function currentPeriod(organizationId: string, { mode }: Mode): Promise<CurrentUsage> {
    const period = await billingPeriodOf(organizationId, clock.now());
    const livemode = mode === 'live';
    const metrics = [...(await catalogue.all()).values()];
    const quantities = await sums.readQuantitiesByMetric(pool, organizationId, livemode, period);
    const distinct = metrics.some(({ aggregation }) => aggregation === 'unique')
      ? await sums.readDistinctByMetric(pool, organizationId, livemode, period)
      : [];
    return {
      period: periodOf(period),
      metrics: metrics
        .map(({ key, name, unit, aggregation }) => {
          const row = quantities.find(({ metric }) => metric === key);
          const values = distinct.find(({ metric }) => metric === key)?.quantity ?? 0;
          return {
            metric: key,
            name,
            unit,
            aggregation,
            quantity: quantityOf(aggregation, row, values),
            events: row?.events ?? 0,
          };
        })
        .sort(
          (a, b) => Number(b.metric === API_CALLS) - Number(a.metric === API_CALLS) || a.name.localeCompare(b.name),
        ),
    };
  }

  async function history(organizationId: string, query: HistoryQuery): Promise<UsageHistory> {
    const range = resolveRange(query, clock.now());
    const metric = (await catalogue.all()).get(query.metric);
    if (!metric) refuse('metric', 'there is no metric of this name');
    const interval = intervalOf(query, range, metric);
    const scope = scopeOf(organizationId, query, range);
    const parts = interval === 'hour' ? hoursOnly(range) : scope.parts;
    const rows = await sums.readBuckets(pool, { ...scope, parts }, [...new Set([metric.key, API_CALLS])], interval);
    const distinct =
      metric.aggregation === 'unique'
        ? await sums.readDistinctByDay(pool, organizationId, scope.livemode, metric.key, range)
        : [];
    return {
      period: periodOf(range),
      metric: metric.key,
      interval,
      points: pointsOf(bucketStarts(range, interval), metric, rows, distinct),
    };
  }

  async function byEndpoint(organizationId: string, query: RangeQuery): Promise<UsageByEndpoint> {
    const range = resolveRange(query, clock.now());
    const routes = await sums.readTrafficByRoute(pool, scopeOf(organizationId, query, range));
    return { period: periodOf(range), endpoints: routes.map(endpointOf) };
  }

  async function stats(organizationId: string, query: RangeQuery): Promise<UsageStats> {
    const range = resolveRange(query, clock.now());
    const { requestsByRoute, ...traffic } = await sums.readTraffic(pool, scopeOf(organizationId, query, range));
    return statsOf(range, traffic, requestsByRoute);
  }

  async function trends(organizationId: string, query: RangeQuery): Promise<UsageTrends> {
    const range = resolveRange(query, clock.now());
    const before = rangeBefore(range);
    const current = await sums.readTraffic(pool, scopeOf(organizationId, query, range));
    const previous = await sums.readTraffic(pool, scopeOf(organizationId, query, before));
    return trendsOf(range, before, current, previous);
  }

  async function summary(organizationId: string, query: RangeQuery): Promise<UsageSummary> {
    const today = await sums.readTraffic(pool, scopeOf(organizationId, query, dayOf(clock.now())));
    const { endpoints } = await byEndpoint(organizationId, query);
    return {
      current: await currentPeriod(organizationId, query),
      today: { requests: today.requests, errors: today.client_errors + today.server_errors },
      trend: await trends(organizationId, query),
      top_endpoints: endpoints.slice(0, TOP_ENDPOINTS),
    };
  }

  return {
    currentPeriod,
    history,
    byEndpoint,
    stats,
    trends,
    summary,
    exportEvents: (organizationId, query) =>
      exports.readEvents({
        organizationId,
        livemode: query.mode === 'live',
        apiKeyId: query.api_key_id ?? null,
        range: resolveRange(query, clock.now()),
      }),
  };
}

function refuse(field: string, message: string): never {
  throw new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });
}

function intervalOf(query: HistoryQuery, range: Range, { key, aggregation }: Metric): 'hour' | 'day' {
  if (aggregation === 'unique') {
    if (query.interval === 'hour') refuse('interval', `${key} counts distinct values, which are kept by the day`);
    if (query.api_key_id) refuse('api_key_id', `${key} counts distinct values, which are not kept by key`);
    return 'day';
  }
  const days = lengthInDays(range);
  if (query.interval === 'hour' && days > MAX_HOURLY_DAYS) {
    refuse('interval', `hour is for ranges of up to ${MAX_HOURLY_DAYS} days`);
  }
  return query.interval ?? (days <= HOURLY_DAYS ? 'hour' : 'day');
}

function pointsOf(
  starts: Date[],
  metric: Metric,
  rows: sums.UsageBucket[],
  distinct: sums.DistinctValues[],
): UsageHistory['points'] {
  const rowOf = new Map(rows.map((row) => [`${row.metric} ${row.at.getTime()}`, row]));
  const distinctOf = new Map(distinct.map((row) => [row.at.getTime(), row.quantity]));
  return starts.map((at) => {
    const traffic = rowOf.get(`${API_CALLS} ${at.getTime()}`);
    const { requests, client_errors, server_errors } = traffic ?? { requests: 0, client_errors: 0, server_errors: 0 };
    const own = rowOf.get(`${metric.key} ${at.getTime()}`);
    return {
      at: at.toISOString(),
      quantity: quantityOf(metric.aggregation, own, distinctOf.get(at.getTime()) ?? 0),
      requests,
      successes: requests - client_errors - server_errors,
      client_errors,
      server_errors,
      request_bytes: traffic?.request_bytes ?? 0,
      response_bytes: traffic?.response_bytes ?? 0,
    };
  });
}
