import { z } from 'zod';
import { reportFilters, reportFormat, reportType, type UsageReport } from './report-contracts';
import { type ReportOrder } from './content/report-content';

/** What of an order stands in the column `asked`. */
export const askedShape = z.object({
  metrics: z.array(z.string()).nullable(),
  filters: reportFilters,
  compare: z.boolean(),
});
export type Asked = z.output<typeof askedShape>;

export const REPORT_COLUMNS = `id, organization_id, type, format, status, period_start, period_end, asked, livemode, created_at, schedule_id, attempts,
  progress, rows_written, file_key, size_bytes, downloads, finished_at, expires_at, failure`;

export const reportRow = z.object({
  id: z.uuid(),
  organization_id: z.uuid(),
  type: reportType,
  format: reportFormat,
  status: z.enum(['queued', 'running', 'ready', 'failed']),
  period_start: z.date(),
  period_end: z.date(),
  asked: askedShape,
  livemode: z.boolean(),
  created_at: z.date(),
  schedule_id: z.uuid().nullable(),
  attempts: z.int(),
  progress: z.coerce.number(),
  rows_written: z.coerce.number(),
  file_key: z.string().nullable(),
  size_bytes: z.coerce.number().nullable(),
  downloads: z.int(),
  finished_at: z.date().nullable(),
  expires_at: z.date().nullable(),
  failure: z.string().nullable(),
});
export type ReportRow = z.output<typeof reportRow>;

const modeOf = ({ livemode }: Pick<ReportRow, 'livemode'>) => (livemode ? ('live' as const) : ('test' as const));

export function reportView(row: ReportRow): UsageReport {
  const { id, type, format, status, asked, downloads, failure, schedule_id } = row;
  return {
    id,
    type,
    format,
    status,
    progress: row.progress,
    period: { from: row.period_start.toISOString(), to: row.period_end.toISOString() },
    metrics: asked.metrics,
    filters: asked.filters,
    mode: modeOf(row),
    compare: asked.compare,
    schedule_id,
    created_at: row.created_at.toISOString(),
    finished_at: row.finished_at?.toISOString() ?? null,
    expires_at: row.expires_at?.toISOString() ?? null,
    file_name: row.file_key === null ? null : fileNameOf(row),
    size_bytes: row.size_bytes,
    rows: row.rows_written,
    downloads,
    failure,
  };
}

/** With the first and the last day that lie in the period. */
export function fileNameOf({ type, format, period_start, period_end }: ReportRow): string {
  const day = (at: Date) => at.toISOString().slice(0, 10);
  return `usage-${type}-${day(period_start)}-to-${day(new Date(period_end.getTime() - 1))}.${format}`;
}

export const orderOf = (row: ReportRow): ReportOrder => ({
  organizationId: row.organization_id,
  type: row.type,
  from: row.period_start,
  to: row.period_end,
  metrics: row.asked.metrics,
  filters: row.asked.filters,
  mode: modeOf(row),
  compare: row.asked.compare,
});
