/**
 * What people and programs read about usage. Every answer but the export comes from sums by hour and by day, so its
 * cost grows with the days, keys and routes of the range, never with its traffic. Only where a range begins or ends
 * within an hour are the events of this hour read (of this day, where distinct values are counted).
 */
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type Clock } from '@/kernel/clock';
import { type ExactQuantity } from '@/kernel/quantity';
import { API_CALLS, HOURLY_SUMS_DAYS } from '@/metering/contracts';
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
  bucketsOf,
  bucketStarts,
  dayOf,
  HOURLY_DAYS,
  hoursOnly,
  isByDayOnly,
  lengthInDays,
  rangeBefore,
  requireKeptSums,
  resolveRange,
  splitAtDays,
  splitRange,
  toWholeDays,
  type Range,
} from './range';
import { findForgottenDay, findForgottenHour, readDistinctInParts } from './usage-cut-queries';
import { isGauge, readLevels } from './usage-level-queries';
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
   * @throws AppError invalid_request where events of the range are not kept any more, too_many_requests while as many exports as allowed are running.
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
    route: query.route ?? null,
    parts: splitRange(range),
  });

  async function currentPeriod(organizationId: string, { mode }: Mode): Promise<CurrentUsage> {
    const period = await billingPeriodOf(organizationId, clock.now());
    const livemode = mode === 'live';
    const metrics = [...(await catalogue.all()).values()];
    const quantities = await sums.readQuantitiesByMetric(
      pool,
      organizationId,
      livemode,
      metrics.map(({ key }) => key),
      period,
    );
    const distinct = metrics.some(({ aggregation }) => aggregation === 'unique')
      ? await sums.readDistinctByMetric(pool, organizationId, livemode, period)
      : [];
    const gauges = metrics.filter(({ aggregation }) => isGauge(aggregation));
    const levels = new Map<string, ExactQuantity>();
    for (const gauge of gauges) {
      const [level] = await readLevels(pool, { organizationId, livemode }, gauge, [period], clock.now());
      levels.set(gauge.key, level!);
    }
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
            quantity: levels.get(key) ?? quantityOf(aggregation, row, values),
            events: row?.events ?? 0,
          };
        })
        .sort(
          (a, b) => Number(b.metric === API_CALLS) - Number(a.metric === API_CALLS) || a.name.localeCompare(b.name),
        ),
    };
  }

  /** @throws AppError invalid_request where the events of an hour that a range cuts are not kept any more. */
  async function requireEvents(scope: sums.UsageScope, metrics: string[], ranges: readonly Range[]): Promise<void> {
    const hour = await findForgottenHour(pool, scope, metrics, ranges);
    if (!hour) return;
    refuse(
      'from',
      `the events of the hour ${hour.toISOString()} are not all kept any more, only their sums by whole hours. Begin later, or with a whole hour`,
    );
  }

  /** @throws AppError invalid_request for a bad range, and for one that needs sums which are not kept any more. */
  function rangeAsked(query: RangeQuery): Range {
    const range = resolveRange(query, clock.now());
    requireKeptSums(range, clock.now());
    return range;
  }

  async function trafficIn(organizationId: string, query: RangeQuery, range: Range) {
    const scope = scopeOf(organizationId, query, range);
    await requireEvents(scope, [API_CALLS], scope.parts.cuts);
    return sums.readTraffic(pool, scope);
  }

  async function distinctByDay(scope: sums.UsageScope, metric: string, range: Range): Promise<sums.DistinctValues[]> {
    const { days, rests } = splitAtDays(range);
    await requireEvents(scope, [metric], rests);
    return [
      ...(await sums.readDistinctByDay(pool, scope.organizationId, scope.livemode, metric, days)),
      ...(await readDistinctInParts(pool, scope, metric, rests)),
    ];
  }

  async function history(organizationId: string, query: HistoryQuery): Promise<UsageHistory> {
    const metric = (await catalogue.all()).get(query.metric);
    if (!metric) refuse('metric', 'there is no metric of this name');
    const asked = rangeAsked(query);
    // Distinct values are kept by the day, so a range that counts back from now is one of whole days for them.
    const range = metric.aggregation === 'unique' && query.from === undefined ? toWholeDays(asked) : asked;
    const isOld = isByDayOnly(range, clock.now());
    const interval = intervalOf(query, range, metric, isOld);
    if (isOld && (interval === 'hour' || metric.aggregation === 'unique'))
      refuse('from', `what is older than ${HOURLY_SUMS_DAYS} days is kept by the day, and without distinct values`);
    const scope = scopeOf(organizationId, query, range);
    const metrics = [...new Set([metric.key, API_CALLS])];
    await requireEvents(scope, metrics, scope.parts.cuts);
    const parts = interval === 'hour' ? hoursOnly(range) : scope.parts;
    const rows = await sums.readBuckets(pool, { ...scope, parts }, metrics, interval);
    const distinct = metric.aggregation === 'unique' ? await distinctByDay(scope, metric.key, range) : [];
    const points = pointsOf(bucketStarts(range, interval), metric, rows, distinct);
    // Of one key or route there are reports and no level, and of long ago sums by the day alone: those stay where they were reported.
    if (isGauge(metric.aggregation) && scope.apiKeyId === null && scope.route === null && !isOld) {
      const levels = await readLevels(pool, scope, metric, bucketsOf(range, interval), clock.now());
      points.forEach((point, place) => (point.quantity = levels[place]!));
    }
    return { period: periodOf(range), metric: metric.key, interval, points };
  }

  async function routesIn(organizationId: string, query: RangeQuery, range: Range): Promise<sums.RouteTraffic[]> {
    const scope = scopeOf(organizationId, query, range);
    await requireEvents(scope, [API_CALLS], scope.parts.cuts);
    return sums.readTrafficByRoute(pool, scope);
  }

  async function byEndpoint(organizationId: string, query: RangeQuery): Promise<UsageByEndpoint> {
    const range = rangeAsked(query);
    const routes = await routesIn(organizationId, query, range);
    return { period: periodOf(range), endpoints: routes.map(endpointOf) };
  }

  async function stats(organizationId: string, query: RangeQuery): Promise<UsageStats> {
    const range = rangeAsked(query);
    return statsOf(range, await routesIn(organizationId, query, range));
  }

  async function trends(organizationId: string, query: RangeQuery): Promise<UsageTrends> {
    const range = rangeAsked(query);
    const equal = rangeBefore(range);
    // A range of the longest kind begins there where only days are kept.
    const before = isByDayOnly(equal, clock.now()) ? toWholeDays(equal) : equal;
    const current = await trafficIn(organizationId, query, range);
    const previous = await trafficIn(organizationId, query, before);
    return trendsOf(range, before, current, previous);
  }

  async function summary(organizationId: string, query: RangeQuery): Promise<UsageSummary> {
    const today = await trafficIn(organizationId, query, dayOf(clock.now()));
    const { endpoints } = await byEndpoint(organizationId, query);
    return {
      current: await currentPeriod(organizationId, query),
      today: { requests: today.requests, errors: today.client_errors + today.server_errors },
      trend: await trends(organizationId, query),
      top_endpoints: endpoints.slice(0, TOP_ENDPOINTS),
    };
  }

  async function* exportEvents(organizationId: string, query: RangeQuery) {
    const range = resolveRange(query, clock.now());
    const scope = scopeOf(organizationId, query, range);
    const day = await findForgottenDay(pool, scope, range);
    if (day) {
      const next = new Date(dayOf(day).to).toISOString();
      refuse('from', `the events of ${day.toISOString().slice(0, 10)} are not all kept any more. Begin at ${next}`);
    }
    yield* exports.readEvents({ ...scope, range });
  }

  return {
    currentPeriod,
    history,
    byEndpoint,
    stats,
    trends,
    summary,
    exportEvents,
  };
}

function refuse(field: string, message: string): never {
  throw new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });
}

function intervalOf(query: HistoryQuery, range: Range, { key, aggregation }: Metric, isOld: boolean): 'hour' | 'day' {
  if (aggregation === 'unique') {
    if (query.interval === 'hour') refuse('interval', `${key} counts distinct values, which are kept by the day`);
    if (query.api_key_id) refuse('api_key_id', `${key} counts distinct values, which are not kept by key`);
    if (query.route !== undefined) refuse('route', `${key} counts distinct values, which are not kept by route`);
    return 'day';
  }
  const days = lengthInDays(range);
  if (query.interval === 'hour' && days > MAX_HOURLY_DAYS) {
    refuse('interval', `hour is for ranges of up to ${MAX_HOURLY_DAYS} days`);
  }
  return query.interval ?? (days <= HOURLY_DAYS && !isOld ? 'hour' : 'day');
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
