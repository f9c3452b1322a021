/**
 * The journal's records: length and CRC-32 of the payload (unsigned, little-endian, 4 bytes each), then the payload,
 * one JSON text. JSON escapes control characters, and a plausible length has a zero as its highest byte, so nothing a
 * caller writes into an event can look like a record's head: a reader that lost its place finds the next one safely.
 */
import { crc32 } from 'node:zlib';

const HEADER_BYTES = 8;
/** Far above any valid event, and small enough that the highest byte of a length is zero. */
export const MAX_PAYLOAD_BYTES = 1 << 20;

/** A UTF-16 unit becomes so many bytes at most. */
const MAX_BYTES_PER_UNIT = 3;
/** What is kept from one call to the next: enough for an ordinary group. */
const KEPT_BYTES = 256 * 1024;

/** Encodes one group of payloads after another, in memory that it uses again. */
export class RecordEncoder {
  private kept = Buffer.alloc(0);

  /**
   * The records of these payloads, one after another, each at most MAX_PAYLOAD_BYTES long. JSON texts are well-formed, so
   * the checksum of a text is that of its bytes; a view of each record's bytes would take longer to make than to sum up.
   * @returns bytes that are good until the next call.
   */
  encode(payloads: readonly string[]): Buffer {
    let most = 0;
    for (const payload of payloads) most += HEADER_BYTES + payload.length * MAX_BYTES_PER_UNIT;
    const bytes = this.room(most);
    let offset = 0;
    for (const payload of payloads) {
      const start = offset + HEADER_BYTES;
      const end = start + bytes.write(payload, start);
      bytes.writeUInt32LE(end - start, offset);
      bytes.writeUInt32LE(crc32(payload), offset + 4);
      offset = end;
    }
    return bytes.subarray(0, offset);
  }

  private room(size: number): Buffer {
    if (size > KEPT_BYTES) return Buffer.allocUnsafe(size);
    if (size > this.kept.length) this.kept = Buffer.allocUnsafe(Math.max(size, 2 * this.kept.length));
    return this.kept;
  }
}

/** A stretch of a segment. `torn`: the beginning of a record whose end was never written; nobody was told it is kept. */
export type SegmentPiece =
  { kind: 'record'; offset: number; payload: string } | { kind: 'damaged' | 'torn'; offset: number; bytes: Buffer };

/**
 * Reads a segment from the start to the zeros at its end, which are room for records that were not written. The pieces'
 * lengths add up to the segment's without them.
 */
export function* readRecords(segment: Buffer): Generator<SegmentPiece, void> {
  const bytes = segment.subarray(0, writtenLength(segment));
  for (let offset = 0; offset < bytes.length;) {
    const end = recordEnd(bytes, offset);
    if (end !== null) {
      yield { kind: 'record', offset, payload: bytes.toString('utf8', offset + HEADER_BYTES, end) };
      offset = end;
      continue;
    }
    const next = findRecord(bytes, offset + 1);
    const torn = next === bytes.length && isTorn(bytes.subarray(offset));
    yield { kind: torn ? 'torn' : 'damaged', offset, bytes: bytes.subarray(offset, next) };
    offset = next;
  }
}

/** A record ends with a character of its JSON text, which is never zero. */
function writtenLength(segment: Buffer): number {
  let length = segment.length;
  while (length > 0 && segment[length - 1] === 0) length--;
  return length;
}

/** Where the intact record at `offset` ends; null when there is none. */
function recordEnd(bytes: Buffer, offset: number): number | null {
  if (offset + HEADER_BYTES >= bytes.length) return null;
  const length = bytes.readUInt32LE(offset);
  const end = offset + HEADER_BYTES + length;
  if (length === 0 || length > MAX_PAYLOAD_BYTES || end > bytes.length) return null;
  return crc32(bytes.subarray(offset + HEADER_BYTES, end)) === bytes.readUInt32LE(offset + 4) ? end : null;
}

function findRecord(bytes: Buffer, from: number): number {
  for (let offset = from; offset < bytes.length; offset++) {
    if (recordEnd(bytes, offset) !== null) return offset;
  }
  return bytes.length;
}

function isTorn(tail: Buffer): boolean {
  if (tail.length < HEADER_BYTES) return true;
  const length = tail.readUInt32LE(0);
  const rest = tail.subarray(HEADER_BYTES);
  // A whole payload behind a length that is too great was damaged, not torn.
  return length <= MAX_PAYLOAD_BYTES && length > rest.length && crc32(rest) !== tail.readUInt32LE(4);
}
