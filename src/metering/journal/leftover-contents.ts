import { readFile } from 'node:fs/promises';
import { type UsageEvent } from '../contracts';
import { type LeftoverSegment } from './journal-leftovers';
import { readRecords, type SegmentPiece } from './journal-record';
import { parseJournalledEvent } from './journalled-event';
import { type SetAside } from './rejected-file';

/** What a leftover segment holds. */
export interface LeftoverContents {
  /** In the order they were written. */
  events: UsageEvent[];
  /** Bytes that are no event, to be set aside. */
  damaged: SetAside[];
  /** Unfinished last records: nobody was told that they are kept, so they are dropped. */
  torn: number;
}

export async function readLeftover(segment: LeftoverSegment): Promise<LeftoverContents> {
  const contents: LeftoverContents = { events: [], damaged: [], torn: 0 };
  for (const piece of readRecords(await readFile(segment.path))) {
    const event = piece.kind === 'record' ? parseJournalledEvent(piece.payload) : null;
    if (event) contents.events.push(event);
    else if (piece.kind === 'torn' && segment.isLast) contents.torn++;
    else contents.damaged.push(describeDamage(segment, piece));
  }
  return contents;
}

function describeDamage(segment: LeftoverSegment, piece: SegmentPiece): SetAside {
  const bytes = piece.kind === 'record' ? Buffer.from(piece.payload) : piece.bytes;
  return {
    reason: piece.kind === 'record' ? 'unreadable' : piece.kind,
    message: 'These bytes of a usage journal could not be read as events.',
    segment: segment.path,
    offset: piece.offset,
    bytesBase64: bytes.toString('base64'),
  };
}
