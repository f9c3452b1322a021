import { createHash } from 'node:crypto';
import { type LogLine } from './read-lines';

/**
 * What an imported line is known by: what it says, which log it stands in, and at which place. Equal lines are two requests
 * if they stand at two places or in two logs. A log is what one host writes, in whatever files it is kept; its places are
 * counted from the first line that was imported.
 */
export interface LinePlace {
  /** Number of the log within its source. */
  log: number;
  /** Lines before it in the log. */
  place: number;
}

/** Logs of one source, and lines of one log. */
export const MAX_LOGS = 2 ** 24;
export const MAX_PLACES = 2 ** 32;

const UUID_DIGITS = [8, 4, 4, 4, 12];

/** What a line says, as 32 bytes. A line that was cut is told from others that begin like it by its length. */
export function hashOf({ bytes, cutFromBytes }: LogLine): Buffer {
  const hash = createHash('sha256').update(bytes);
  return (cutFromBytes === null ? hash : hash.update(`\n${cutFromBytes}`)).digest();
}

/** Key of all lines from the first of a file to one of them. @param previous key of the line before, or {@link NO_LINES} */
export const nextKey = (previous: Buffer, hash: Buffer): Buffer =>
  createHash('sha256').update(previous).update(hash).digest();
export const NO_LINES = Buffer.alloc(32);

function uuidOf(bytes: Buffer): string {
  const hex = bytes.toString('hex');
  let from = 0;
  return UUID_DIGITS.map((length) => hex.slice(from, (from += length))).join('-');
}

/**
 * The id of an imported line: a UUID whose first 66 free bits are of the hash of the line, and whose last 56 are its log and
 * place. All lines that say the same therefore stand beside each other in the index of events. It calls itself version 5,
 * name-based: an id of version 8 would be kept as a digest of itself.
 */
export function lineIdOf(hash: Buffer, { log, place }: LinePlace): string {
  const bytes = Buffer.alloc(16);
  hash.copy(bytes, 0, 0, 9);
  bytes[6] = (hash[6]! & 0x0f) | 0x50;
  bytes[8] = (hash[8]! & 0x3f) | 0x80;
  bytes.writeUIntBE(log, 9, 3);
  bytes.writeUInt32BE(place, 12);
  return uuidOf(bytes);
}

/** Least and greatest id of the lines that say the same. */
export const idsOfEqualLines = (hash: Buffer): [least: string, greatest: string] => [
  lineIdOf(hash, { log: 0, place: 0 }),
  lineIdOf(hash, { log: MAX_LOGS - 1, place: MAX_PLACES - 1 }),
];

/** Where the line of an id stands. */
export function placeOf(id: string): LinePlace {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  return { log: bytes.readUIntBE(9, 3), place: bytes.readUInt32BE(12) };
}
