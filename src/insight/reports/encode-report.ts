/** A report in each of its formats, from the same sections. */
import { drawReport, type Table, writeWorkbook } from '@/documents';
import { type ContentSection, type ReportContent, type ReportOrder, rowsOf } from './content/report-content';
import { encodeCsv } from './encode-csv';
import { encodeJson } from './encode-json';
import { type ReportFormat } from './report-contracts';

export const CONTENT_TYPES = {
  pdf: 'application/pdf',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  csv: 'text/csv; charset=utf-8; header=present',
  json: 'application/json',
} satisfies Record<ReportFormat, string>;

interface Heading {
  organization: string;
  order: ReportOrder;
  createdAt: Date;
  /** Told of every row that is read. */
  onRows: (count: number) => void;
}

/** The bytes of a report, some at a time: but for a PDF, which is drawn as a whole, it is never in memory whole. */
export async function* encodeReport(
  content: ReportContent,
  format: ReportFormat,
  heading: Heading,
): AsyncGenerator<Uint8Array, void, undefined> {
  const sections = content.sections.map((section) => ({ ...section, rows: counted(section.rows, heading.onRows) }));
  if (format === 'pdf') yield await drawReport(pdfOf(content, sections, heading));
  else if (format === 'xlsx') yield* writeWorkbook([aboutTable(content, heading), ...sections]);
  else if (format === 'csv') yield* encoded(encodeCsv(sections));
  else yield* encoded(encodeJson(aboutOf(content, heading), sections));
}

async function* counted<R>(rows: AsyncIterable<R[]>, onRows: (count: number) => void) {
  for await (const batch of rows) {
    onRows(batch.length);
    yield batch;
  }
}

async function* encoded(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const text of texts) yield Buffer.from(text);
}

const pdfOf = (content: ReportContent, sections: readonly ContentSection[], heading: Heading) => ({
  paper: 'a4' as const,
  language: 'en-US',
  createdAt: heading.createdAt,
  title: content.title,
  author: heading.organization,
  facts: factsOf(content, heading).map(([, label, value]) => ({ label, value })),
  notes: [],
  sections,
  footer: `${content.title} of ${heading.organization}`,
});

/** Of the event at its border: minutes say enough of a period. */
const minuteOf = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function factsOf({ metrics }: ReportContent, { organization, order, createdAt }: Heading): [string, string, string][] {
  const { from, to, filters, mode } = order;
  return [
    ['organization', 'Organization', organization],
    ['from', 'From', minuteOf(from)],
    ['to', 'To', `${minuteOf(to)} (not included)`],
    ['mode', 'Usage of', `${mode} keys`],
    ['metrics', 'Metrics', metrics.map(({ name }) => name).join(', ')],
    ...(filters.api_key_id === undefined
      ? []
      : [['api_key_id', 'API key', filters.api_key_id] as [string, string, string]]),
    ...(filters.route === undefined ? [] : [['route', 'Endpoint', filters.route] as [string, string, string]]),
    ['created_at', 'Made', minuteOf(createdAt)],
  ];
}

/** The sheet that says what the others are of. */
const aboutTable = (content: ReportContent, heading: Heading): Table => ({
  key: 'report',
  title: 'Report',
  columns: [
    { key: 'name', title: 'Report', kind: 'text' },
    { key: 'value', title: content.title, kind: 'text' },
  ],
  rows: rowsOf(factsOf(content, heading).map(([, label, value]) => [label, value])),
});

const aboutOf = (
  { title, metrics }: ReportContent,
  { organization, order: { type, from, to, filters, mode, compare }, createdAt }: Heading,
) => ({
  type,
  title,
  organization,
  period: { from: from.toISOString(), to: to.toISOString() },
  metrics: metrics.map(({ key }) => key),
  filters,
  mode,
  compare,
  created_at: createdAt.toISOString(),
});
