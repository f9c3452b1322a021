import { stringify } from 'csv-stringify/sync';
import { exportedEvent, type ExportedEvent } from './contracts';
import { neutraliseCell } from './neutralise-cell';

const COLUMNS = exportedEvent.keyof().options;

const csvOf = (events: ExportedEvent[], header: boolean): string =>
  stringify(events, {
    header,
    columns: COLUMNS,
    record_delimiter: '\r\n',
    cast: {
      string: neutraliseCell,
      boolean: String,
      object: (value) => neutraliseCell(JSON.stringify(value)),
    },
  });

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
