import { type Aggregation } from '@/metering/contracts';
import { type UsageByEndpoint, type UsageStats, type UsageTrends } from './contracts';
import { countOf, quantilesOf, type LatencySketch } from './latency-sketch';
import { type Range } from './range';
import { type Quantities, type RouteTraffic, type Traffic } from './usage-sums-queries';

/** The arithmetic between sums and what a reader sees. */

type Latency = UsageStats['latency'];
type EndpointUsage = UsageByEndpoint['endpoints'][number];

export const periodOf = ({ from, to }: Range) => ({ from: from.toISOString(), to: to.toISOString() });

/** How the sums of a metric become one number; distinct values are counted elsewhere and passed in. */
export function quantityOf(aggregation: Aggregation, sums: Quantities | undefined, distinct: number): number {
  if (aggregation === 'unique') return distinct;
  if (!sums) return 0;
  const byAggregation = {
    sum: sums.quantity_sum,
    count: sums.events,
    max: sums.quantity_max,
    last: sums.quantity_last,
  } satisfies Record<Exclude<Aggregation, 'unique'>, number>;
  return byAggregation[aggregation];
}

const errorsOf = (traffic: Traffic): number => traffic.client_errors + traffic.server_errors;
const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const roundedMs = (us: number | null): number | null => (us === null ? null : Math.round(us) / 1000);

/** @param durationUs sum of the durations in the sketch, which is exact where its quantiles are within 1 % */
function latencyOf(sketch: LatencySketch, durationUs: number): Latency {
  const [p50, p95, p99] = quantilesOf(sketch, [0.5, 0.95, 0.99]);
  const measured = countOf(sketch);
  return {
    p50_ms: roundedMs(p50 ?? null),
    p95_ms: roundedMs(p95 ?? null),
    p99_ms: roundedMs(p99 ?? null),
    mean_ms: measured === 0 ? null : roundedMs(durationUs / measured),
  };
}

export function endpointOf(traffic: RouteTraffic): EndpointUsage {
  const errors = errorsOf(traffic);
  return {
    route: traffic.route,
    requests: traffic.requests,
    errors,
    error_rate: shareOf(errors, traffic.requests),
    latency: latencyOf(traffic.latency, traffic.duration_us),
    response_bytes: traffic.response_bytes,
  };
}

/** Counts of a breakdown (`status:200`, `method:GET`, `country:DE`, `latency:312`) by their kind. */
function partsOf(breakdown: Record<string, number>, kind: 'status' | 'method' | 'country') {
  return Object.entries(breakdown)
    .filter(([label]) => label.startsWith(`${kind}:`))
    .map(([label, requests]) => ({ key: label.slice(kind.length + 1), requests }))
    .sort((a, b) => b.requests - a.requests || a.key.localeCompare(b.key));
}

function sketchOf(breakdown: Record<string, number>): LatencySketch {
  const buckets = Object.entries(breakdown).filter(([label]) => label.startsWith('latency:'));
  return new Map(buckets.map(([label, n]) => [Number(label.slice('latency:'.length)), n]));
}

export interface TrafficWithBreakdown extends Traffic {
  breakdown: Record<string, number>;
}

export function statsOf(
  range: Range,
  traffic: TrafficWithBreakdown,
  byEndpoint: UsageStats['by_endpoint'],
): UsageStats {
  const { requests, client_errors, server_errors, request_bytes, response_bytes, duration_us, breakdown } = traffic;
  return {
    period: periodOf(range),
    requests,
    // Whatever is no error, events without a status included.
    successes: requests - client_errors - server_errors,
    client_errors,
    server_errors,
    error_rate: shareOf(client_errors + server_errors, requests),
    request_bytes,
    response_bytes,
    latency: latencyOf(sketchOf(breakdown), duration_us),
    by_status: partsOf(breakdown, 'status'),
    by_method: partsOf(breakdown, 'method'),
    by_country: partsOf(breakdown, 'country'),
    by_endpoint: byEndpoint,
  };
}

const changeOf = (current: number, previous: number) => ({
  current,
  previous,
  change: previous === 0 ? null : (current - previous) / previous,
});

const meanMs = ({ breakdown, duration_us }: TrafficWithBreakdown): number =>
  latencyOf(sketchOf(breakdown), duration_us).mean_ms ?? 0;

export function trendsOf(
  range: Range,
  previousRange: Range,
  current: TrafficWithBreakdown,
  previous: TrafficWithBreakdown,
): UsageTrends {
  return {
    period: periodOf(range),
    previous_period: periodOf(previousRange),
    requests: changeOf(current.requests, previous.requests),
    errors: changeOf(errorsOf(current), errorsOf(previous)),
    response_bytes: changeOf(current.response_bytes, previous.response_bytes),
    mean_latency_ms: changeOf(meanMs(current), meanMs(previous)),
  };
}
