import { stringify } from 'csv-stringify/sync';
import { exportedEvent, type ExportedEvent } from './contracts';
import { neutraliseCell } from './neutralise-cell';

const COLUMNS = exportedEvent.keyof().options;
/** Anything but the TEXTDATA of RFC 4180, and blanks at the ends, which some readers drop where there are no quotes. */
const QUOTED = /[^ !#-+\--~]|^ | $/u;

const csvOf = (events: ExportedEvent[], header: boolean): string =>
  stringify(events, {
    header,
    columns: COLUMNS,
    record_delimiter: '\r\n',
    quote_record_delimiter: true,
    quoted_match: QUOTED,
    cast: {
      string: neutraliseCell,
      boolean: String,
      object: jsonCell,
    },
  });

/** JSON stays the same JSON: a semicolon, which can only stand inside a string of it, is escaped instead. */
const jsonCell = (value: object): string => neutraliseCell(JSON.stringify(value).replaceAll(';', '\\u003b'));

/**
 * The text of an export, batch by batch: CSV (RFC 4180, one header line) or one JSON array.
 * Nothing is asked of `batches` until its text is wanted.
 */
export async function* encodeExport(
  batches: AsyncIterable<ExportedEvent[]>,
  format: 'csv' | 'json',
): AsyncGenerator<string, void, undefined> {
  let first = true;
  for await (const batch of batches) {
    if (format === 'csv') yield csvOf(batch, first);
    else yield `${first ? '[\n' : ',\n'}${batch.map((event) => JSON.stringify(event)).join(',\n')}`;
    first = false;
  }
  if (format === 'csv') {
    if (first) yield csvOf([], true);
  } else {
    yield first ? '[]\n' : '\n]\n';
  }
}
