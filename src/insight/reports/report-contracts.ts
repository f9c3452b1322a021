import { z } from 'zod';
import { rangeQuery } from '@/analytics/contracts';

const instant = z.iso.datetime();

export const reportType = z.enum(['summary', 'detailed', 'forecast', 'anomaly']);
export type ReportType = z.output<typeof reportType>;
export const reportFormat = z.enum(['pdf', 'xlsx', 'csv', 'json']);
export type ReportFormat = z.output<typeof reportFormat>;

const metricKey = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected the key of a metric, e.g. api_calls');
/** Metrics that one report holds at most. */
const MOST_METRICS = 20;

export const isOfAll = ({ type, filters }: { type: ReportType; filters: ReportFilters }): boolean =>
  (type !== 'forecast' && type !== 'anomaly') || (filters.api_key_id === undefined && filters.route === undefined);
export const OF_ALL = {
  path: ['filters'],
  message: 'forecasts and anomalies are of all keys and endpoints; leave the filters out',
};

export const reportFilters = z.strictObject({
  api_key_id: z.uuid().toLowerCase().optional().describe('Usage of this key only.'),
  route: rangeQuery.shape.route.describe('Usage of this endpoint only, as usage by endpoint names it.'),
});
export type ReportFilters = z.output<typeof reportFilters>;

/** What is the same for a report and for a schedule of reports. */
export const asked = {
  type: reportType.describe(
    'summary: totals, days and endpoints. detailed: every event. forecast: what is to come. anomaly: what was unusual.',
  ),
  format: reportFormat,
  metrics: z
    .array(metricKey)
    .min(1)
    .max(MOST_METRICS)
    .refine((keys) => new Set(keys).size === keys.length, 'expected each metric once')
    .optional()
    .describe('Keys of metrics; all if absent.'),
  filters: reportFilters.default({}),
  mode: z.enum(['live', 'test']).default('live').describe('Usage of live or of test keys. A test key sees test usage.'),
  compare: z.boolean().default(true).describe('Whether totals stand beside those of the period before.'),
};

export const generateReportInput = z
  .strictObject({
    ...asked,
    from: rangeQuery.shape.from.unwrap().describe('First instant, to the millisecond and in any offset.'),
    to: rangeQuery.shape.to
      .unwrap()
      .describe('First instant that no longer belongs to the period: 400 days later at most.'),
  })
  .refine(isOfAll, OF_ALL)
  .meta({ id: 'GenerateReportInput' });
export type GenerateReportInput = z.output<typeof generateReportInput>;

export const usageReport = z
  .object({
    id: z.uuid(),
    type: reportType,
    format: reportFormat,
    status: z.enum(['queued', 'running', 'ready', 'failed']),
    progress: z.number().min(0).max(1),
    period: z.object({ from: instant, to: instant }),
    metrics: z.array(z.string()).nullable().describe('null is all of them.'),
    filters: reportFilters,
    mode: z.enum(['live', 'test']),
    compare: z.boolean(),
    schedule_id: z.uuid().nullable().describe('The schedule that it was made by.'),
    created_at: instant,
    finished_at: instant.nullable(),
    expires_at: instant.nullable().describe('When it is removed, seven days after it was done with.'),
    file_name: z.string().nullable(),
    size_bytes: z.int().min(0).nullable(),
    rows: z.int().min(0).describe('Rows written so far.'),
    downloads: z.int().min(0),
    failure: z.string().nullable().describe('Why there is no file.'),
  })
  .meta({ id: 'UsageReport' });
export type UsageReport = z.output<typeof usageReport>;

export const usageReportList = z
  .object({ data: z.array(usageReport), next_cursor: z.string().nullable() })
  .meta({ id: 'UsageReportList' });
export type UsageReportList = z.output<typeof usageReportList>;
export const usageReportListQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  cursor: z.string().max(200).optional(),
});
export type UsageReportListQuery = z.output<typeof usageReportListQuery>;
