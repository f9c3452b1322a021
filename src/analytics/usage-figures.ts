import { addQuantities, type ExactQuantity } from '@/kernel/quantity';
import { type Aggregation } from '@/metering/contracts';
import { type UsageByEndpoint, type UsageStats, type UsageTrends } from './contracts';
import { addBreakdowns } from './breakdown';
import { quantilesOf, type LatencySketch } from './latency-sketch';
import { type Range } from './range';
import { type Quantities, type RouteTraffic, type Traffic } from './usage-sums-queries';

/** The arithmetic between sums and what a reader sees. */

type Latency = UsageStats['latency'];
type EndpointUsage = UsageByEndpoint['endpoints'][number];

export const periodOf = ({ from, to }: Range) => ({ from: from.toISOString(), to: to.toISOString() });

/** How the sums of a metric become one quantity; distinct values are counted elsewhere and passed in. */
export function quantityOf(aggregation: Aggregation, sums: Quantities | undefined, distinct: number): ExactQuantity {
  if (aggregation === 'unique') return distinct;
  if (!sums) return 0;
  const byAggregation = {
    sum: sums.quantity_sum,
    count: sums.events,
    max: sums.quantity_max,
    last: sums.quantity_last,
  } satisfies Record<Exclude<Aggregation, 'unique'>, ExactQuantity>;
  return byAggregation[aggregation];
}

const errorsOf = (traffic: Traffic): number => traffic.client_errors + traffic.server_errors;
const shareOf = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);
const roundedMs = (us: number | null): number | null => (us === null ? null : Math.round(us) / 1000);

const meanMsOf = ({ duration_us, measured }: Traffic): number | null =>
  measured === 0 ? null : roundedMs(duration_us / measured);

/** The mean is exact where the quantiles are within 1 %. */
function latencyOf(sketch: LatencySketch, traffic: Traffic): Latency {
  const [p50, p95, p99] = quantilesOf(sketch, [0.5, 0.95, 0.99]);
  return {
    p50_ms: roundedMs(p50 ?? null),
    p95_ms: roundedMs(p95 ?? null),
    p99_ms: roundedMs(p99 ?? null),
    mean_ms: meanMsOf(traffic),
  };
}

export function endpointOf(traffic: RouteTraffic): EndpointUsage {
  const errors = errorsOf(traffic);
  return {
    route: traffic.route,
    requests: traffic.requests,
    errors,
    error_rate: shareOf(errors, traffic.requests),
    latency: latencyOf(traffic.breakdown.latency, traffic),
    response_bytes: traffic.response_bytes,
  };
}

const sharesOf = (counts: ReadonlyMap<string, number>) =>
  [...counts]
    .map(([key, requests]) => ({ key, requests }))
    .sort((a, b) => b.requests - a.requests || a.key.localeCompare(b.key));

/** @param routes the traffic of each route, the busiest first */
export function statsOf(range: Range, routes: readonly RouteTraffic[]): UsageStats {
  const total = (of: (traffic: Traffic) => number) => routes.reduce((sum, traffic) => sum + of(traffic), 0);
  const exactTotal = (of: (traffic: Traffic) => ExactQuantity) =>
    routes.reduce<ExactQuantity>((sum, traffic) => addQuantities(sum, of(traffic)), 0);
  const traffic: Traffic = {
    requests: total(({ requests }) => requests),
    client_errors: total(({ client_errors }) => client_errors),
    server_errors: total(({ server_errors }) => server_errors),
    request_bytes: exactTotal(({ request_bytes }) => request_bytes),
    response_bytes: exactTotal(({ response_bytes }) => response_bytes),
    duration_us: total(({ duration_us }) => duration_us),
    measured: total(({ measured }) => measured),
  };
  const { latency, statuses, methods, countries } = addBreakdowns(routes.map(({ breakdown }) => breakdown));
  const errors = errorsOf(traffic);
  return {
    period: periodOf(range),
    requests: traffic.requests,
    // Whatever is no error, events without a status included.
    successes: traffic.requests - errors,
    client_errors: traffic.client_errors,
    server_errors: traffic.server_errors,
    error_rate: shareOf(errors, traffic.requests),
    request_bytes: traffic.request_bytes,
    response_bytes: traffic.response_bytes,
    latency: latencyOf(latency, traffic),
    by_status: sharesOf(statuses),
    by_method: sharesOf(methods),
    by_country: sharesOf(countries),
    by_endpoint: routes.map(({ route, requests }) => ({ key: route, requests })),
  };
}

const changeOf = <Q extends ExactQuantity>(current: Q, previous: Q) => ({
  current,
  previous,
  change: Number(previous) === 0 ? null : (Number(current) - Number(previous)) / Number(previous),
});

const meanMs = (traffic: Traffic): number => meanMsOf(traffic) ?? 0;

export function trendsOf(range: Range, previousRange: Range, current: Traffic, previous: Traffic): UsageTrends {
  return {
    period: periodOf(range),
    previous_period: periodOf(previousRange),
    requests: changeOf(current.requests, previous.requests),
    errors: changeOf(errorsOf(current), errorsOf(previous)),
    response_bytes: changeOf(current.response_bytes, previous.response_bytes),
    mean_latency_ms: changeOf(meanMs(current), meanMs(previous)),
  };
}
