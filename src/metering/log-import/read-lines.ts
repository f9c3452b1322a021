import { createReadStream } from 'node:fs';

export interface LogLine {
  /** 1 for the first line. */
  number: number;
  /** Without the line feed and a carriage return before it. */
  bytes: Buffer;
  /** Offset in the file of the byte after the line feed. */
  endOffset: number;
}

/** A place between two lines. */
export interface LinePosition {
  /** Lines before it. */
  number: number;
  endOffset: number;
}

/** Longer lines are cut: they are no log lines, and memory must stay bounded. */
const MAX_LINE_BYTES = 256 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/** The lines of a file of any size that stand after `start`, in constant memory. A last line without line feed is a line. */
export async function* readLines(
  path: string,
  start: LinePosition = { number: 0, endOffset: 0 },
): AsyncGenerator<LogLine> {
  let pending: Buffer = Buffer.alloc(0);
  let dropped = 0;
  let { number, endOffset } = start;
  const line = (bytes: Buffer, length: number): LogLine => {
    number += 1;
    endOffset += length;
    return { number, endOffset, bytes: bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes };
  };

  for await (const chunk of createReadStream(path, {
    start: start.endOffset,
    highWaterMark: 1024 * 1024,
  }) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const tail = chunk.subarray(from, end);
      const bytes = pending.length > 0 ? Buffer.concat([pending, tail]) : tail;
      yield line(bytes, bytes.length + dropped + 1);
      [pending, dropped, from] = [Buffer.alloc(0), 0, end + 1];
    }
    const rest = chunk.subarray(from);
    const room = Math.max(0, MAX_LINE_BYTES - pending.length);
    pending = Buffer.concat([pending, rest.subarray(0, room)]);
    dropped += Math.max(0, rest.length - room);
  }
  if (pending.length > 0) yield line(pending, pending.length + dropped);
}
