import { z } from 'zod';
import { quantityView } from '@/metering/contracts';

const count = z.int().min(0);
/** Characters of a route that an event may carry. */
const LONGEST_ROUTE = 512;
const instant = z.iso.datetime();
const quantity = quantityView;

const period = z.object({ from: instant, to: instant });

/** An instant to the millisecond, in any offset. A plus sign that was not encoded comes as a blank, and is meant all the same. */
const rangeInstant = z
  .string()
  .overwrite((text) => text.replace(/ (?=\d\d:\d\d$)/, '+'))
  .check(z.iso.datetime({ offset: true }))
  .refine((text) => !/\.\d{3}\d*[1-9]/.test(text), 'expected an instant to the millisecond');

/**
 * The range of a reading: `from` and `to` (ISO instants, half-open), or `hours` or `days` back
 * from the end of the current hour; more than 7 days begin at a UTC midnight, today being the last. At most 400 days,
 * 30 if nothing is said.
 */
export const rangeQuery = z.strictObject({
  from: rangeInstant
    .optional()
    .describe(
      'First instant, to the millisecond and in any offset, e.g. 2026-11-01T00:00:00Z. Parts of an hour need the events of this hour to be kept.',
    ),
  to: rangeInstant
    .optional()
    .describe('First instant that no longer belongs to the range; the end of the current hour if absent.'),
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(400)
    .optional()
    .describe('Instead of from and to: the last days. More than 7 begin at a UTC midnight and include today.'),
  hours: z.coerce.number().int().min(1).max(48).optional().describe('Instead of from and to: the last hours.'),
  mode: z
    .enum(['live', 'test'])
    .default('live')
    .describe('Usage of live or of test keys. A test key always reads usage of test keys.'),
  api_key_id: z.uuid().optional().describe('Usage of this key only.'),
  route: z
    .string()
    .min(1)
    .max(LONGEST_ROUTE)
    .optional()
    .describe('Usage of this route only, as usage by endpoint names it; (other) is one as well.'),
});
export type RangeQuery = z.output<typeof rangeQuery>;

const metricUsage = z.object({
  metric: z.string(),
  name: z.string(),
  unit: z.string(),
  aggregation: z.enum(['sum', 'count', 'max', 'last', 'unique']).describe('How events become one quantity.'),
  quantity,
  events: count,
});
export const currentUsage = z.object({ period, metrics: z.array(metricUsage) }).meta({ id: 'CurrentUsage' });
export type CurrentUsage = z.output<typeof currentUsage>;

export const historyQuery = rangeQuery.extend({
  metric: z.string().default('api_calls').describe('Key of the metric that is drawn as quantity.'),
  interval: z
    .enum(['hour', 'day'])
    .optional()
    .describe(
      'hour (up to 31 days) or day; hour for ranges of up to 7 days, else day. Distinct values have days only, and hours or days back from now are whole UTC days for them.',
    ),
});
export type HistoryQuery = z.output<typeof historyQuery>;
const historyPoint = z.object({
  at: instant.describe(
    'Start of the UTC hour or day; of the first and the last only what lies in the range is counted.',
  ),
  quantity,
  requests: count,
  successes: count.describe('Requests that are no error; those without a status among them.'),
  client_errors: count,
  server_errors: count,
  request_bytes: quantity,
  response_bytes: quantity,
});
/** Points without usage are present with zeros, so that a chart needs no filling. */
export const usageHistory = z
  .object({ period, metric: z.string(), interval: z.enum(['hour', 'day']), points: z.array(historyPoint) })
  .meta({ id: 'UsageHistory' });
export type UsageHistory = z.output<typeof usageHistory>;

const latency = z.object({
  p50_ms: z.number().nullable().describe('Within 1 % of the exact percentile; null where nothing was measured.'),
  p95_ms: z.number().nullable(),
  p99_ms: z.number().nullable(),
  mean_ms: z.number().nullable(),
});
const endpointUsage = z.object({
  route: z.string().describe('Route template; (other) for events without one and for routes beyond the limit.'),
  requests: count,
  errors: count.describe('Answers with a status of 400 or above.'),
  error_rate: z.number().min(0).max(1),
  latency,
  response_bytes: quantity,
});
export const usageByEndpoint = z.object({ period, endpoints: z.array(endpointUsage) }).meta({ id: 'UsageByEndpoint' });
export type UsageByEndpoint = z.output<typeof usageByEndpoint>;

const share = z.object({ key: z.string(), requests: count });
export const usageStats = z
  .object({
    period,
    requests: count,
    successes: count,
    client_errors: count,
    server_errors: count,
    error_rate: z.number(),
    request_bytes: quantity,
    response_bytes: quantity,
    latency,
    by_status: z.array(share),
    by_method: z.array(share),
    by_country: z.array(share),
    by_endpoint: z.array(share),
  })
  .meta({ id: 'UsageStats' });
export type UsageStats = z.output<typeof usageStats>;

const change = z.object({
  current: z.number(),
  previous: z.number(),
  change: z.number().nullable().describe('(current - previous) / previous; null without a previous'),
});
export const usageTrends = z
  .object({
    period,
    previous_period: period,
    requests: change,
    errors: change,
    response_bytes: change.extend({ current: quantity, previous: quantity }),
    mean_latency_ms: change,
  })
  .meta({ id: 'UsageTrends' });
export type UsageTrends = z.output<typeof usageTrends>;

export const usageSummary = z
  .object({
    current: currentUsage,
    today: z.object({ requests: count, errors: count }),
    trend: usageTrends,
    top_endpoints: z.array(endpointUsage),
  })
  .meta({ id: 'UsageSummary' });
export type UsageSummary = z.output<typeof usageSummary>;

export const currentQuery = rangeQuery.pick({ mode: true });

export const exportQuery = rangeQuery.extend({ format: z.enum(['csv', 'json']).default('csv') });

/** One raw event of an export. */
export const exportedEvent = z
  .object({
    id: z.string().describe('As it was reported, or the UUID that Tollgate gave it.'),
    source: z.string(),
    occurred_at: instant,
    stored_at: instant,
    livemode: z.boolean(),
    api_key_id: z.string().nullable(),
    route: z.string().nullable(),
    method: z.string().nullable(),
    status: z.int().nullable(),
    duration_ms: z.number().nullable(),
    request_bytes: count.nullable(),
    response_bytes: count.nullable(),
    user_agent: z.string().nullable(),
    ip: z.string().nullable(),
    country: z.string().nullable(),
    error_code: z.string().nullable(),
    quantities: z
      .record(z.string(), z.union([quantity, z.string()]))
      .describe('By metric; for metrics that count distinct values, the value.'),
    source_kind: z
      .enum(['own', 'reported', 'imported'])
      .describe(
        'Of the source: own for calls of wrapped handlers and for reservations. The same name of another kind is another source.',
      ),
  })
  .meta({ id: 'ExportedEvent' });
export type ExportedEvent = z.output<typeof exportedEvent>;
