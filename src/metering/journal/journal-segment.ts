import { close, constants, fdatasync, ftruncate, open, write } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { syncDirectory } from '@/config/data-dir';

/** What a segment needs of its open file; each call may fail as the disk does. */
interface SegmentFile {
  /** Writes some of `bytes` from `start` on at `position` of the file; resolves to how many, once they are on the disk. */
  write(bytes: Buffer, start: number, position: number): Promise<number>;
  /** Cuts the file; on the disk when it resolves. */
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Creates a file that must not exist yet, readable by its user only. */
export type OpenSegmentFile = (path: string) => Promise<SegmentFile>;

/**
 * On Linux a write to a file opened with O_DSYNC returns when the bytes are on the disk, as write and fdatasync would, but
 * in one trip to the thread pool: about a sixth less CPU per metered request. Elsewhere the flag is absent
 * (Windows) or does not reach the platter (macOS), and fdatasync follows.
 */
const DURABLE_WRITE = process.platform === 'linux' ? constants.O_DSYNC : 0;

/**
 * A segment is filled with zeros in steps of so many bytes before records replace them: to overwrite what a file has takes
 * half the CPU time and half the wait of making it longer, which the file system notes in a journal of its own.
 */
const ROOM_BYTES = 256 * 1024;
/** What a new segment begins with. */
export const ROOM = Buffer.alloc(ROOM_BYTES);

const openAsync = promisify(open);
const datasyncAsync = promisify(fdatasync);
const truncateAsync = promisify(ftruncate);
const closeAsync = promisify(close);

/** Plain descriptors: a FileHandle costs several times the CPU on the path that every request waits for. */
export const openSegmentFile: OpenSegmentFile = async (path) => {
  const fd = await openAsync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | DURABLE_WRITE, 0o600);
  const writeSome: SegmentFile['write'] = (bytes, start, position) =>
    new Promise((resolve, reject) =>
      write(fd, bytes, start, bytes.length - start, position, (error, count) =>
        error ? reject(error) : resolve(count),
      ),
    );
  const writeAndSync: SegmentFile['write'] = async (bytes, start, position) => {
    const count = await writeSome(bytes, start, position);
    await datasyncAsync(fd);
    return count;
  };
  return {
    write: DURABLE_WRITE ? writeSome : writeAndSync,
    truncate: async (size) => {
      await truncateAsync(fd, size);
      await datasyncAsync(fd);
    },
    close: () => closeAsync(fd),
  };
};

export const SEGMENT_NAME = /^\d{8}\.segment$/;

/** One file of the journal, written by one process, deleted when all its records are decided. */
export interface JournalSegment {
  readonly path: string;
  /** Bytes of records known to be on the disk. */
  size: number;
  /** Size in bytes of the file: behind the records it holds zeros. */
  room: number;
  /** Records on the disk whose fate is not decided yet. */
  undecided: number;
  /** Sealed: its file is closed, and nothing is written to it any more. */
  sealed: boolean;
  readonly file: SegmentFile;
}

/** Makes segment `number` of a directory; its entry is on the disk when this resolves. */
export async function createSegment(
  directory: string,
  number: number,
  openFile: OpenSegmentFile,
): Promise<JournalSegment> {
  const path = join(directory, `${String(number).padStart(8, '0')}.segment`);
  const file = await openFile(path);
  try {
    await syncDirectory(directory);
  } catch (error) {
    await file.close();
    throw error;
  }
  return { path, size: 0, room: 0, undecided: 0, sealed: false, file };
}

/** Writes all of `bytes` at `position`; on the disk when it resolves. */
export async function writeAll(file: SegmentFile, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) done += await file.write(bytes, done, position + done);
}

/** Appends whole records and waits for the disk. After a failure the segment takes nothing more: seal it. */
export async function appendToSegment(segment: JournalSegment, bytes: Buffer, records: number): Promise<void> {
  while (segment.room < segment.size + bytes.length) segment.room += await segment.file.write(ROOM, 0, segment.room);
  await writeAll(segment.file, bytes, segment.size);
  segment.size += bytes.length;
  segment.undecided += records;
}

/** Cuts what lies behind the last bytes known to be on the disk, so that a refused record is not replayed. */
export async function cutBackSegment(segment: JournalSegment): Promise<void> {
  await segment.file.truncate(segment.size);
}

export async function sealSegment(segment: JournalSegment): Promise<void> {
  segment.sealed = true;
  await segment.file.close();
}

export const removeSegment = (segment: JournalSegment): Promise<void> => rm(segment.path, { force: true });
