import { createReadStream } from 'node:fs';

export interface LogLine {
  /** 1 for the first line. */
  number: number;
  /** Without the line feed, a carriage return before it, and the byte order mark of the file. */
  bytes: Buffer;
  /** How long it is where it is longer than {@link MAX_LINE_BYTES}, and so cut; else null. */
  cutFromBytes: number | null;
  /** Offset in the file of the byte after the line feed. */
  endOffset: number;
}

/** A place between two lines. */
export interface LinePosition {
  /** Lines before it. */
  number: number;
  endOffset: number;
}

/** Longer lines are cut to this: they are no log lines, and memory must stay bounded. */
export const MAX_LINE_BYTES = 4 * 1024 * 1024;
const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The lines of a file of any size that stand after `start`, in constant memory, each the same however the file is read.
 * A last line without its line feed is not there yet: somebody may be writing it.
 */
export async function* readLines(
  path: string,
  start: LinePosition = { number: 0, endOffset: 0 },
  chunkBytes = CHUNK_BYTES,
): AsyncGenerator<LogLine> {
  let { number, endOffset } = start;
  /** The beginning of a line whose end is in a later chunk: of its bytes at most MAX_LINE_BYTES and one more. */
  let pieces: Buffer[] = [];
  let [kept, length] = [0, 0];

  function take(piece: Buffer): void {
    length += piece.length;
    // One byte more than a line may have, so that a carriage return at the very end is known for one.
    const fitting = piece.subarray(0, MAX_LINE_BYTES + 1 - kept);
    if (fitting.length === 0) return;
    pieces.push(fitting);
    kept += fitting.length;
  }
  function line(): LogLine {
    number += 1;
    const isFirst = endOffset === 0;
    endOffset += length + 1;
    let bytes = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
    if (length === kept && bytes.at(-1) === CARRIAGE_RETURN) bytes = bytes.subarray(0, -1);
    const isCut = bytes.length > MAX_LINE_BYTES;
    if (isCut) bytes = bytes.subarray(0, MAX_LINE_BYTES);
    if (isFirst && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3);
    const cutFromBytes = isCut ? length : null;
    [pieces, kept, length] = [[], 0, 0];
    return { number, endOffset, bytes, cutFromBytes };
  }

  const chunks = createReadStream(path, { start: start.endOffset, highWaterMark: chunkBytes });
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      take(chunk.subarray(from, end));
      yield line();
      from = end + 1;
    }
    take(chunk.subarray(from));
  }
}
