import { createReadStream } from 'node:fs';
import { decodeRow, CSV_HEADER, type EventFormat, type EventRow, LINE_END } from './event-rows';

const MAX_ROW_CHARACTERS = 65_536;

/** A row of a file: as it was read, or not as it would have been written. */
export interface FileRow {
  /** From 1 on; the header of CSV is not counted. */
  number: number;
  row: EventRow | null;
}

/** Nothing can be said of a file any more. */
export class UnreadableFile extends Error {}

/**
 * The rows of an evidence file in either format, as fast as they are taken; a file of any size.
 * @throws UnreadableFile where it is no such file: not UTF-8, another header, or cut within a row.
 */
export async function* readEventFile(path: string): AsyncGenerator<FileRow, void, undefined> {
  let format: EventFormat | undefined;
  let number = 0;
  for await (const line of linesOf(path)) {
    if (format === undefined) {
      format = line.startsWith('{') ? 'ndjson' : 'csv';
      if (format === 'csv') {
        if (line === `${CSV_HEADER}\n`)
          throw new UnreadableFile('its lines end in LF instead of CRLF: something converted it, download it again');
        if (line !== `${CSV_HEADER}${LINE_END.csv}`)
          throw new UnreadableFile('its first line is not the header of such a file');
        continue;
      }
    }
    number += 1;
    const end = LINE_END[format];
    yield { number, row: line.endsWith(end) ? decodeRow(line.slice(0, -end.length), format) : null };
  }
}

/** Lines with the \n at their end. */
async function* linesOf(path: string): AsyncGenerator<string, void, undefined> {
  // A mark of byte order is no part of what was written, so it must not be dropped.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const chunk of createReadStream(path, { highWaterMark: 262_144 })) {
    rest += decoded(() => decoder.decode(chunk as Uint8Array, { stream: true }));
    let start = 0;
    for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n', start)) {
      yield rest.slice(start, end + 1);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > MAX_ROW_CHARACTERS) throw new UnreadableFile('it has lines that no row is as long as');
  }
  if (rest + decoded(() => decoder.decode()) !== '') throw new UnreadableFile('it ends within a row');
}

function decoded(decode: () => string): string {
  try {
    return decode();
  } catch {
    throw new UnreadableFile('it is not UTF-8');
  }
}
