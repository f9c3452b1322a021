import { type Pool } from 'pg';
import { createRowStreams } from '@/db';
import { AppError } from '@/kernel/errors';
import { type InvoiceQueries } from '../invoices/invoice-queries';
import { CSV_HEADER, encodeRow, type EventFormat, LINE_END } from './event-rows';
import { evidenceTermsOf, type LineEvent } from './line-event';
import { lineEventParameters, LINE_EVENTS } from './line-event-queries';

interface EventFile {
  /** E.g. `A1B2C3D4-0001-line-2.csv`: number of the invoice and position of the line. */
  name: string;
  /** Some rows at a time; nothing is read before the first is wanted. @throws AppError as {@link createRowStreams} does. */
  text: AsyncGenerator<string, void, undefined>;
}

export interface LineEventFiles {
  /**
   * The events that a line of an issued invoice rests on, as a file that can be held against its digest.
   * @throws AppError not_found: no such invoice of the organization, a draft, no such line, or one that counts no events.
   */
  open(organizationId: string, invoiceId: string, lineId: string, format: EventFormat): Promise<EventFile>;
}

export function createLineEventFiles({ pool, invoices }: { pool: Pool; invoices: InvoiceQueries }): LineEventFiles {
  const streams = createRowStreams({ pool });
  return {
    async open(organizationId, invoiceId, lineId, format) {
      const { number, lines } = await invoices.get(organizationId, invoiceId);
      const line = lines.find(({ id }) => id === lineId);
      const terms = line && evidenceTermsOf(line);
      if (!terms) throw new AppError('not_found', 'The invoice has no line with events of this id.');
      const batches = streams.read<LineEvent>(organizationId, LINE_EVENTS, lineEventParameters(organizationId, terms));
      return { name: `${number}-line-${line.position}.${format}`, text: encodeFile(batches, lineId, format) };
    },
  };
}

/** The text of a file: each row names the line. */
async function* encodeFile(
  batches: AsyncIterable<LineEvent[]> | Iterable<LineEvent[]>,
  lineId: string,
  format: EventFormat,
): AsyncGenerator<string, void, undefined> {
  let head = format === 'csv' ? `${CSV_HEADER}${LINE_END.csv}` : '';
  for await (const batch of batches) {
    yield head + batch.map((event) => encodeRow(lineId, event, format)).join('');
    head = '';
  }
  if (head !== '') yield head;
}
