/**
 * The rows of an evidence file, as CSV (RFC 4180) or as JSON, one a line. What is written is read back as it was, and in one
 * spelling only: a row that would be written otherwise is refused, so a changed byte is found even where it changes no value.
 *
 * In CSV, a cell that a spreadsheet would execute, that has line breaks or control characters, or that begins with an apostrophe
 * is an apostrophe and the text percent-encoded (encodeURIComponent).
 */
import { neutraliseCell } from '@/analytics';
import { EVENT_FIELDS, type LineEvent } from './line-event';

export type EventFormat = 'csv' | 'ndjson';

/** An event with the id of the invoice line that it is evidence of. */
export interface EventRow {
  lineId: string;
  event: LineEvent;
}

export const CSV_HEADER = ['line_id', ...EVENT_FIELDS].join(',');
export const LINE_END: Record<EventFormat, string> = { csv: '\r\n', ndjson: '\n' };

const UNSAFE = /^'|[\p{C}\p{Zl}\p{Zp}]/u;
const PLAIN = /^[\w.:/{}<>~()*!?#$%&-]*$/;
const QUOTED = /[,"; ]|[^ -~]/;

function csvCell(text: string): string {
  const safe = PLAIN.test(text) && !text.startsWith('-') ? text : safeText(text);
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const safeText = (text: string): string =>
  UNSAFE.test(text) || neutraliseCell(text) !== text ? `'${encodeURIComponent(text)}` : text;

/** One row, with the end of its line. */
export function encodeRow(lineId: string, event: LineEvent, format: EventFormat): string {
  if (format === 'ndjson') return `${JSON.stringify({ line_id: lineId, ...event })}\n`;
  return `${[lineId, ...EVENT_FIELDS.map((field) => csvCell(event[field]))].join(',')}\r\n`;
}

/** A row without the end of its line. @returns null for what {@link encodeRow} would not have written. */
export function decodeRow(text: string, format: EventFormat): EventRow | null {
  const row = format === 'csv' ? csvRow(text) : jsonRow(text);
  return row && isEvent(row.event) && encodeRow(row.lineId, row.event, format) === text + LINE_END[format] ? row : null;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const DECIMAL = /^\d{1,40}(\.\d{1,40})?$/;
const isEvent = ({ occurred_at, stored_at, quantity }: LineEvent): boolean =>
  INSTANT.test(occurred_at) && INSTANT.test(stored_at) && DECIMAL.test(quantity);

const CELL = /(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/gy;

function csvRow(text: string): EventRow | null {
  const [lineId, ...cells] = [...text.matchAll(CELL)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
  );
  if (lineId === undefined || cells.length !== EVENT_FIELDS.length) return null;
  try {
    const values = cells.map((cell) => (cell.startsWith("'") ? decodeURIComponent(cell.slice(1)) : cell));
    return { lineId, event: eventOf((place) => values[place]!) };
  } catch {
    return null;
  }
}

function jsonRow(text: string): EventRow | null {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    const fields = value as Record<string, unknown>;
    const textOf = (name: string): string => (typeof fields[name] === 'string' ? fields[name] : '');
    return { lineId: textOf('line_id'), event: eventOf((place) => textOf(EVENT_FIELDS[place]!)) };
  } catch {
    return null;
  }
}

const eventOf = (valueAt: (place: number) => string): LineEvent =>
  Object.fromEntries(EVENT_FIELDS.map((field, place) => [field, valueAt(place)])) as LineEvent;
