/** Totals, days and endpoints of a period: the sections that reports have in common, read from what the API reads. */
import { AppError } from '@/kernel/errors';
import { addQuantities, compareQuantities, type ExactQuantity } from '@/kernel/quantity';
import { type UsageHistory, type UsageStats } from '@/analytics/contracts';
import { type Chart, type Column } from '@/documents';
import { type Metric } from '@/plans';
import {
  type ContentSection,
  orderBefore,
  rangeOf,
  type ReportOrder,
  type ReportSources,
  rowsOf,
} from './report-content';

type Points = UsageHistory['points'];

export interface MetricDays {
  metric: Metric;
  points: Points;
  /** Null where days do not add up: a distinct value of two days is one. */
  total: ExactQuantity | null;
}

/** Of days one quantity, as the metric is aggregated; the same that sums of the whole period say. */
function totalOf({ aggregation }: Metric, points: Points): ExactQuantity | null {
  if (aggregation === 'unique') return null;
  if (aggregation === 'last') return points.at(-1)?.quantity ?? 0;
  return points.reduce<ExactQuantity>(
    (total, { quantity }) =>
      aggregation === 'max'
        ? compareQuantities(quantity, total) > 0
          ? quantity
          : total
        : addQuantities(total, quantity),
    0,
  );
}

/**
 * The metrics of an order by the day. What cannot be told of a key, of an endpoint or of so long ago is left out where nobody named it.
 *
 * @throws AppError invalid_request for a named metric that does not exist or cannot be told
 */
export async function readDays(sources: ReportSources, order: ReportOrder): Promise<MetricDays[]> {
  const catalogue = await sources.catalogue.all();
  const days: MetricDays[] = [];
  for (const key of order.metrics ?? catalogue.keys()) {
    const metric = catalogue.get(key);
    try {
      const query = { ...rangeOf(order), metric: key, interval: 'day' as const };
      const { points } = await sources.usageQueries.history(order.organizationId, query);
      days.push({ metric: metric!, points, total: totalOf(metric!, points) });
    } catch (error) {
      const isUntold =
        error instanceof AppError && error.code === 'invalid_request' && metric?.aggregation === 'unique';
      if (order.metrics !== null || !isUntold) throw error;
    }
  }
  return days;
}

/** The same for the period before; null where it is not asked for, or not kept any more. */
export async function readDaysBefore(sources: ReportSources, order: ReportOrder): Promise<MetricDays[] | null> {
  if (!order.compare) return null;
  return readDays(sources, orderBefore(order)).catch(nullIfNotKept);
}

export async function readStatsBefore(sources: ReportSources, order: ReportOrder): Promise<UsageStats | null> {
  if (!order.compare) return null;
  return sources.usageQueries.stats(order.organizationId, rangeOf(orderBefore(order))).catch(nullIfNotKept);
}

function nullIfNotKept(error: unknown): null {
  if (error instanceof AppError && error.code === 'invalid_request') return null;
  throw error;
}

const changeOf = (now: ExactQuantity | null, before: ExactQuantity | null | undefined): number | null =>
  now === null || before === null || before === undefined || Number(before) === 0
    ? null
    : (Number(now) - Number(before)) / Number(before);

const BEFORE: readonly Column[] = [
  { key: 'previous', title: 'Period before', kind: 'quantity' },
  { key: 'change', title: 'Change', kind: 'share' },
];

export function totalsSection(days: readonly MetricDays[], before: readonly MetricDays[] | null): ContentSection {
  const rows = days.map(({ metric, total }) => {
    const previous = before?.find((other) => other.metric.key === metric.key)?.total;
    return [
      metric.key,
      metric.name,
      metric.unit,
      metric.aggregation,
      total,
      ...(before ? [previous ?? null, changeOf(total, previous)] : []),
    ];
  });
  return {
    key: 'totals',
    title: 'Totals',
    ...(days.some(({ total }) => total === null) && {
      note: 'Distinct values of several days do not add up, so they have no total.',
    }),
    columns: [
      { key: 'metric', title: 'Metric', kind: 'text', isWide: true },
      { key: 'name', title: 'Metric', kind: 'text' },
      { key: 'unit', title: 'Unit', kind: 'text' },
      { key: 'aggregation', title: 'Aggregation', kind: 'text', isWide: true },
      { key: 'quantity', title: 'Quantity', kind: 'quantity' },
      ...(before ? BEFORE : []),
    ],
    rows: rowsOf(rows),
    expectedRows: rows.length,
  };
}

export function requestsSection(stats: UsageStats, before: UsageStats | null): ContentSection {
  const figures: [key: string, name: string, of: (stats: UsageStats) => ExactQuantity | null][] = [
    ['requests', 'Requests', ({ requests }) => requests],
    ['successes', 'Successes', ({ successes }) => successes],
    ['client_errors', 'Client errors (4xx)', ({ client_errors }) => client_errors],
    ['server_errors', 'Server errors (5xx)', ({ server_errors }) => server_errors],
    ['request_bytes', 'Bytes received', ({ request_bytes }) => request_bytes],
    ['response_bytes', 'Bytes sent', ({ response_bytes }) => response_bytes],
    ['p50_ms', 'Latency, median (ms)', ({ latency }) => latency.p50_ms],
    ['p95_ms', 'Latency, 95th percentile (ms)', ({ latency }) => latency.p95_ms],
    ['p99_ms', 'Latency, 99th percentile (ms)', ({ latency }) => latency.p99_ms],
  ];
  const rows = figures.map(([key, name, of]) => {
    const [now, then] = [of(stats), before && of(before)];
    return [key, name, now, ...(before ? [then, changeOf(now, then)] : [])];
  });
  return {
    key: 'requests',
    title: 'Requests',
    columns: [
      { key: 'figure', title: 'Figure', kind: 'text', isWide: true },
      { key: 'name', title: 'Figure', kind: 'text' },
      { key: 'value', title: 'Value', kind: 'quantity' },
      ...(before ? BEFORE : []),
    ],
    rows: rowsOf(rows),
    expectedRows: rows.length,
  };
}

/** Metrics that are drawn; the table has all. */
const MOST_CHARTS = 4;

/** A column for each metric. @param marked dates that are marked in the charts, by metric */
export function daysSection(
  days: readonly MetricDays[],
  marked?: ReadonlyMap<string, readonly string[]>,
): ContentSection {
  const [first] = days;
  const rows = (first?.points ?? []).map(({ at, requests, client_errors, server_errors }, place) => [
    at.slice(0, 10),
    requests,
    client_errors,
    server_errors,
    ...days.map(({ points }) => points[place]?.quantity ?? null),
  ]);
  return {
    key: 'by_day',
    title: 'By day',
    note: 'UTC days; of the first and the last only what lies in the period.',
    columns: [
      { key: 'date', title: 'Day', kind: 'date' },
      { key: 'requests', title: 'Requests', kind: 'quantity' },
      { key: 'client_errors', title: '4xx', kind: 'quantity' },
      { key: 'server_errors', title: '5xx', kind: 'quantity' },
      ...days.map(({ metric }, place): Column => ({
        key: `metric_${metric.key}`,
        title: metric.name,
        kind: 'quantity',
        isWide: place >= MOST_CHARTS,
      })),
    ],
    charts: days.slice(0, MOST_CHARTS).map((ofMetric) => daysChart(ofMetric, marked?.get(ofMetric.metric.key))),
    rows: rowsOf(rows),
    expectedRows: rows.length,
  };
}

function daysChart({ metric, points }: MetricDays, marked: readonly string[] = []): Chart {
  const values = points.map(({ quantity }) => Number(quantity));
  const labels = points.map(({ at }) => at.slice(0, 10));
  const most = values.reduce((highest, value) => Math.max(highest, value), 0);
  return {
    title: `${metric.name} by day`,
    alt: `${metric.name} on each of ${points.length} days; the most on one day is ${most}.`,
    kind: 'bars',
    labels,
    series: [{ name: metric.name, values, color: 'accent' }],
    ...(marked.length > 0 && {
      marks: {
        name: 'Something unusual',
        places: labels.flatMap((label, place) => (marked.includes(label) ? [place] : [])),
      },
    }),
  };
}

export async function endpointsSection(sources: ReportSources, order: ReportOrder): Promise<ContentSection> {
  const { endpoints } = await sources.usageQueries.byEndpoint(order.organizationId, rangeOf(order));
  const rows = endpoints.map(({ route, requests, errors, error_rate, latency, response_bytes }) => [
    route,
    requests,
    errors,
    error_rate,
    latency.p50_ms,
    latency.p95_ms,
    response_bytes,
  ]);
  return {
    key: 'by_endpoint',
    title: 'By endpoint',
    columns: [
      { key: 'route', title: 'Endpoint', kind: 'text' },
      { key: 'requests', title: 'Requests', kind: 'quantity' },
      { key: 'errors', title: 'Errors', kind: 'quantity' },
      { key: 'error_rate', title: 'Error rate', kind: 'share' },
      { key: 'p50_ms', title: 'Median ms', kind: 'quantity' },
      { key: 'p95_ms', title: '95 % ms', kind: 'quantity' },
      { key: 'response_bytes', title: 'Bytes sent', kind: 'quantity' },
    ],
    rows: rowsOf(rows),
    expectedRows: rows.length,
  };
}

/** How many requests there were of each status and country. */
export function sharesSections(stats: UsageStats): ContentSection[] {
  const section = (key: string, title: string, shares: UsageStats['by_status']): ContentSection => ({
    key,
    title,
    columns: [
      { key: 'name', title: title.replace('By ', '').replace(/^./, (letter) => letter.toUpperCase()), kind: 'text' },
      { key: 'requests', title: 'Requests', kind: 'quantity' },
      { key: 'share', title: 'Share', kind: 'share' },
    ],
    rows: rowsOf(shares.map(({ key: name, requests }) => [name, requests, requests / Math.max(1, stats.requests)])),
    expectedRows: shares.length,
  });
  return [section('by_status', 'By status', stats.by_status), section('by_country', 'By country', stats.by_country)];
}
