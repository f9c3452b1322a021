/** Every event of a period, a column for each metric of the report. */
import { type ExportedEvent } from '@/analytics/contracts';
import { AppError } from '@/kernel/errors';
import { type Column, type Row } from '@/documents';
import { type Metric } from '@/plans';
import { type ContentSection, rangeOf, type ReportOrder, type ReportSources } from './report-content';

/** Events of one report at most: a workbook of them opens, if slowly, on a desktop. */
const MOST_EVENTS = 5_000_000;

const COLUMNS: readonly (Column & { of: (event: ExportedEvent) => string | number | null })[] = [
  { key: 'occurred_at', title: 'Occurred at (UTC)', kind: 'instant', of: (event) => event.occurred_at },
  { key: 'id', title: 'Event', kind: 'text', isWide: true, of: (event) => event.id },
  { key: 'source', title: 'Source', kind: 'text', isWide: true, of: (event) => event.source },
  { key: 'route', title: 'Endpoint', kind: 'text', of: (event) => event.route },
  { key: 'method', title: 'Method', kind: 'text', of: (event) => event.method },
  { key: 'status', title: 'Status', kind: 'quantity', of: (event) => event.status },
  { key: 'duration_ms', title: 'Duration, ms', kind: 'quantity', of: (event) => event.duration_ms },
  { key: 'request_bytes', title: 'Bytes received', kind: 'quantity', isWide: true, of: (event) => event.request_bytes },
  { key: 'response_bytes', title: 'Bytes sent', kind: 'quantity', isWide: true, of: (event) => event.response_bytes },
  { key: 'api_key_id', title: 'API key', kind: 'text', isWide: true, of: (event) => event.api_key_id },
  { key: 'country', title: 'Country', kind: 'text', isWide: true, of: (event) => event.country },
  { key: 'error_code', title: 'Error', kind: 'text', isWide: true, of: (event) => event.error_code },
];
/** Metrics whose columns are drawn; files for programs have all. */
const DRAWN_METRICS = 2;

export function eventsSection(
  usageQueries: Pick<ReportSources['usageQueries'], 'exportEvents'>,
  order: ReportOrder,
  metrics: readonly Metric[],
  expectedRows: number,
): ContentSection {
  const keys = metrics.map(({ key }) => key);
  const wanted = order.metrics === null ? null : new Set(order.metrics);
  async function* rows(): AsyncGenerator<Row[], void, undefined> {
    let read = 0;
    for await (const batch of usageQueries.exportEvents(order.organizationId, rangeOf(order))) {
      const events = wanted
        ? batch.filter(({ quantities }) => Object.keys(quantities).some((key) => wanted.has(key)))
        : batch;
      read += events.length;
      if (read > MOST_EVENTS) {
        throw new AppError(
          'invalid_request',
          `A report holds ${MOST_EVENTS.toLocaleString('en-US')} events at most. Choose a shorter period, a key or an endpoint.`,
        );
      }
      yield events.map((event) => [
        ...COLUMNS.map(({ of }) => of(event)),
        ...keys.map((key) => event.quantities[key] ?? null),
      ]);
    }
  }
  return {
    key: 'events',
    title: 'Events',
    note: 'Every event of the period, in no particular order. Of metrics that count distinct values, the value.',
    columns: [
      ...COLUMNS.map(({ key, title, kind, isWide = false }) => ({ key, title, kind, isWide })),
      ...metrics.map(({ key, name, aggregation }, place): Column => ({
        key: `metric_${key}`,
        title: name,
        kind: aggregation === 'unique' ? 'text' : 'quantity',
        isWide: place >= DRAWN_METRICS,
      })),
    ],
    rows: rows(),
    expectedRows,
  };
}
