/**
 * An event as evidence of an invoice line, and the canonical text that is digested. All fields are texts, in the one spelling
 * that Postgres is asked for: instants in UTC with microseconds, exact decimals without zeros at their end.
 */
import { type InvoiceLineView } from '../invoices/invoice-contracts';

/** In the order of the columns of a file. */
export const EVENT_FIELDS = [
  ...(['occurred_at', 'stored_at', 'source_kind', 'source', 'id', 'quantity'] as const),
  ...(['api_key_id', 'route', 'method', 'status'] as const),
] as const;

/** Empty where an event has no such thing. */
export type LineEvent = Record<(typeof EVENT_FIELDS)[number], string>;

/** What of a line says which events are its evidence. */
export interface EvidenceTerms {
  metric: string;
  aggregation: 'sum' | 'count' | 'max' | 'last';
  from: string;
  to: string;
  storedThrough: string;
  /** Of a gauge: the level that it began with. */
  opening: { at: string; level: string } | null;
}

/** Null for a line that counts no events. */
export function evidenceTermsOf(line: InvoiceLineView): EvidenceTerms | null {
  const { metric, aggregation, from, to, evidence } = line;
  if (metric === null || aggregation === null || evidence === null) return null;
  return { metric, aggregation, from, to, storedThrough: evidence.stored_through, opening: evidence.opening };
}

/** Stands before the events, so that a digest is one of this metric in this time up to this cutoff. */
export const canonicalHead = ({ metric, from, to, storedThrough, opening }: EvidenceTerms): string =>
  canonical(['tollgate line events 1', metric, from, to, storedThrough, opening?.at ?? '', opening?.level ?? '']);

export const canonicalEvent = (event: LineEvent): string => canonical(EVENT_FIELDS.map((field) => event[field]));

/** One line: a JSON array of strings as JSON.stringify writes it, so that no two events have one text. */
const canonical = (fields: readonly string[]): string => `${JSON.stringify(fields)}\n`;

const ORDER = ['source_kind', 'source', 'id'] as const;

/** Less than 0 where `a` stands before `b`, 0 for the same event: by when it happened, when it was stored, source and id (bytes of UTF-8). */
export function compareEvents(a: LineEvent, b: LineEvent): number {
  if (a.occurred_at !== b.occurred_at) return a.occurred_at < b.occurred_at ? -1 : 1;
  if (a.stored_at !== b.stored_at) return a.stored_at < b.stored_at ? -1 : 1;
  for (const field of ORDER) {
    if (a[field] !== b[field]) return Buffer.compare(Buffer.from(a[field]), Buffer.from(b[field]));
  }
  return 0;
}
