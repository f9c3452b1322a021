import { type Pool } from 'pg';
import { z } from 'zod';
import { exactQuantity } from '@/kernel/quantity';
import { API_CALLS } from '@/metering/contracts';
import { readBreakdown } from './breakdown';
import { isEmpty, type Range, type RangeParts } from './range';
import { CUT_ROWS } from './usage-cut-queries';

/** Whose usage, and which: every reading names its organization. */
export interface UsageScope {
  organizationId: string;
  livemode: boolean;
  /** Usage of one key only; null for all. */
  apiKeyId: string | null;
  /** Usage of one route only, as the sums name it; null for all. */
  route: string | null;
  parts: RangeParts;
}

// Events are too few to pass 2^53, so a number counts them exactly; what they carry may be of any size.
const count = z.coerce.number();
const decimal = z.union([z.string(), z.number()]).transform(exactQuantity);

const NOTHING: Range = { from: new Date(0), to: new Date(0) };

const COLUMNS = `route, events, quantity_sum, quantity_max, quantity_last, last_at,
    client_errors, server_errors, request_bytes, response_bytes, duration_us, measured, breakdown`;
const WANTED =
  'organization_id = $1 and livemode = $2 and metric = any($3) and ($4::uuid is null or api_key_id = $4) and ($5::text is null or route = $5)';
/** Hours from here on are not in usage_daily yet. */
const FOLDED_TO = '(select folded_to from usage_ledgers where organization_id = $1)';

const hoursBetween = (from: string, to: string): string =>
  `select metric, hour as at, ${COLUMNS} from usage_rollups where ${WANTED} and hour >= ${from} and hour < ${to}`;

/**
 * Rows of sums that make up the whole hours of a range: whole days from usage_daily and, where that has not come so far yet,
 * from usage_rollups; other hours from usage_rollups. Parameters: $1 organization, $2 livemode, $3 metrics, $4 key or null,
 * $5 route or null, $6–$7 days, $8–$11 hours.
 */
const WHOLE_ROWS = `
  select metric, day::timestamp at time zone 'UTC' as at, ${COLUMNS}
  from usage_daily
  where ${WANTED} and day >= ($6::timestamptz at time zone 'UTC')::date and day < ($7::timestamptz at time zone 'UTC')::date
  union all ${hoursBetween(`greatest($6::timestamptz, ${FOLDED_TO})`, '$7')}
  union all ${hoursBetween('$8', '$9')}
  union all ${hoursBetween('$10', '$11')}`;

/** The rows of a range; where an hour is cut, with one for each event of it and its two parts as $12–$15. */
const rangeRows = ({ parts }: UsageScope): string =>
  parts.cuts.every(isEmpty) ? WHOLE_ROWS : `${WHOLE_ROWS} union all ${CUT_ROWS}`;

const rangeParameters = ({ organizationId, livemode, apiKeyId, route, parts }: UsageScope, metrics: string[]) => [
  organizationId,
  livemode,
  metrics,
  apiKeyId,
  route,
  ...[parts.days, ...parts.edges, ...(parts.cuts.every(isEmpty) ? [] : parts.cuts)].flatMap(({ from, to }) => [
    from,
    to,
  ]),
];

/** Of the last values of several rows the one that was reported last; at the same instant the higher. */
const LATEST =
  '(array_agg(quantity_last order by last_at desc, quantity_last desc) filter (where last_at is not null))[1]';

const TRAFFIC = `
  coalesce(sum(events), 0) as requests, coalesce(sum(client_errors), 0) as client_errors, coalesce(sum(server_errors), 0) as server_errors,
  coalesce(sum(request_bytes), 0) as request_bytes, coalesce(sum(response_bytes), 0) as response_bytes, coalesce(sum(duration_us), 0) as duration_us,
  coalesce(sum(measured), 0) as measured`;

/** Sums of requests; `duration_us` is the sum over the requests that have a duration, `measured` their number. */
const traffic = z.object({
  requests: count,
  client_errors: count,
  server_errors: count,
  request_bytes: decimal,
  response_bytes: decimal,
  // Divided by how many there are: a mean has no more digits than a double.
  duration_us: count,
  measured: count,
});
export type Traffic = z.output<typeof traffic>;

const quantities = z.object({
  metric: z.string(),
  events: count,
  quantity_sum: decimal,
  quantity_max: decimal,
  quantity_last: decimal,
});
export type Quantities = z.output<typeof quantities>;
const QUANTITIES = `
  coalesce(sum(events), 0) as events, coalesce(sum(quantity_sum), 0) as quantity_sum, coalesce(max(quantity_max), 0) as quantity_max,
  coalesce(${LATEST}, 0) as quantity_last`;

/** Quantities per metric over whole UTC days; metrics without usage have no row. */
export async function readQuantitiesByMetric(
  pool: Pool,
  organizationId: string,
  livemode: boolean,
  metrics: string[],
  days: Range,
): Promise<Quantities[]> {
  const parts = { days, edges: [NOTHING, NOTHING], cuts: [NOTHING, NOTHING] } satisfies RangeParts;
  const { rows } = await pool.query(
    `select metric, ${QUANTITIES} from (${WHOLE_ROWS}) r group by metric`,
    rangeParameters({ organizationId, livemode, apiKeyId: null, route: null, parts }, metrics),
  );
  return z.array(quantities).parse(rows);
}

const bucket = quantities.extend({ at: z.date() }).extend(traffic.shape);
export type UsageBucket = z.output<typeof bucket>;

/** Sums of some metrics per UTC hour or day of a range; buckets without usage have no row. */
export async function readBuckets(
  pool: Pool,
  scope: UsageScope,
  metrics: string[],
  interval: 'hour' | 'day',
): Promise<UsageBucket[]> {
  const { rows } = await pool.query(
    `select metric, date_trunc('${interval}', at, 'UTC') as at, ${QUANTITIES}, ${TRAFFIC} from (${rangeRows(scope)}) r group by 1, 2`,
    rangeParameters(scope, metrics),
  );
  return z.array(bucket).parse(rows);
}

/** Sums of the requests of a range. */
export async function readTraffic(pool: Pool, scope: UsageScope): Promise<Traffic> {
  const { rows } = await pool.query(
    `select ${TRAFFIC} from (${rangeRows(scope)}) r`,
    rangeParameters(scope, [API_CALLS]),
  );
  return traffic.parse(rows[0]);
}

const routeTraffic = traffic.extend({
  route: z.string(),
  breakdown: z.instanceof(Buffer).transform((bytes) => readBreakdown(bytes)),
});
export type RouteTraffic = z.output<typeof routeTraffic>;

/** Sums of the requests of a range per route, the busiest first. */
export async function readTrafficByRoute(pool: Pool, scope: UsageScope): Promise<RouteTraffic[]> {
  const { rows } = await pool.query(
    `select route, ${TRAFFIC}, string_agg(breakdown, ''::bytea) as breakdown
     from (${rangeRows(scope)}) r group by route order by requests desc, route`,
    rangeParameters(scope, [API_CALLS]),
  );
  return z.array(routeTraffic).parse(rows);
}

const distinctInPeriod = z.object({ metric: z.string(), quantity: count });

/** Distinct values per metric over whole UTC days. Metrics without values have no row. */
export async function readDistinctByMetric(pool: Pool, organizationId: string, livemode: boolean, days: Range) {
  const { rows } = await pool.query(
    `select metric, count(distinct value_sha256) as quantity from usage_unique_values
     where organization_id = $1 and livemode = $2
       and day >= ($3::timestamptz at time zone 'UTC')::date and day < ($4::timestamptz at time zone 'UTC')::date
     group by metric`,
    [organizationId, livemode, days.from, days.to],
  );
  return z.array(distinctInPeriod).parse(rows);
}

const distinctOnDay = z.object({ at: z.date(), quantity: count });
export type DistinctValues = z.output<typeof distinctOnDay>;

/** Distinct values of one metric on each UTC day of a range of whole days. Days without values have no row. */
export async function readDistinctByDay(
  pool: Pool,
  organizationId: string,
  livemode: boolean,
  metric: string,
  days: Range,
): Promise<DistinctValues[]> {
  const { rows } = await pool.query(
    `select day::timestamp at time zone 'UTC' as at, count(*) as quantity from usage_unique_values
     where organization_id = $1 and livemode = $2 and metric = $3
       and day >= ($4::timestamptz at time zone 'UTC')::date and day < ($5::timestamptz at time zone 'UTC')::date
     group by day`,
    [organizationId, livemode, metric, days.from, days.to],
  );
  return z.array(distinctOnDay).parse(rows);
}
