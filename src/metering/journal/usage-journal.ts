/**
 * The journal of one process: `JOURNAL/<process>/` with its segments and its lock, and `JOURNAL/rejected/` with what a
 * person must look at. An event whose append resolved is on the disk and is replayed by another process, or the next
 * start, if this one dies.
 */
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Logger } from 'pino';
import { syncDirectory } from '@/config/data-dir';
import { acquireExclusiveLock, type ExclusiveLock } from '@/config/exclusive-lock';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { createDiskProbe } from './disk-probe';
import {
  listLeftovers,
  type OnHolderDone,
  OWNER_LOCK,
  removeEmptyLeftovers,
  UNNAMED_PREFIX,
} from './journal-leftovers';
import { MAX_PAYLOAD_BYTES } from './journal-record';
import { openSegmentFile, type JournalSegment, type OpenSegmentFile } from './journal-segment';
import { createJournalWriter, type WriteGroup } from './journal-writer';
import { countRejected, createRejectedFile, rejectedFolder, type SetAside } from './rejected-file';

const DEFAULT_SEGMENT_BYTES = 8 * 1024 * 1024;

export interface UsageJournal {
  /** The directory of all processes' journals. */
  readonly path: string;
  /** The name of this process's directory, a UUID; no process ever has it again. */
  readonly processId: string;
  /** The directory of this process. */
  readonly ownPath: string;
  /**
   * Adds one JSON text to the group that is written next; it is kept once the group's `durable` resolves.
   * @throws AppError `payload_too_large` above 1 MiB, `usage_not_recorded` after close().
   */
  append: (payload: string) => WriteGroup;
  /** Says that the fate of `records` records of a segment is decided; a segment goes when all of it is. */
  release: (segment: JournalSegment, records: number) => void;
  /** Keeps what cannot be recorded, with the reason; on the disk when it resolves. */
  setAside: (entries: readonly SetAside[]) => Promise<void>;
  /** How many events stand set aside, of all processes. */
  countSetAside: () => Promise<number>;
  /** Whether the disk takes writes. After a failure the disk is tried again in the background, once a second at most. */
  isWritable: () => boolean;
  /**
   * Writes what was appended and gives the directory up; what is not decided stays for the next process. If nothing is
   * left, `onHolderDone` hears of this process and of those it adopted; the directory goes once all were taken note of.
   */
  close: (onHolderDone?: OnHolderDone) => Promise<void>;
}

export interface UsageJournalOptions {
  /** The directory of all processes' journals, made if absent: DataDir.journalPath. */
  path: string;
  clock: Clock;
  log: Logger;
  /** Size in bytes at which a segment is followed by a new one; 8 MiB if absent. */
  segmentBytes?: number;
  openFile?: OpenSegmentFile;
}

/** Opens a journal for this process, in a directory no other process writes to. */
export async function openUsageJournal(options: UsageJournalOptions): Promise<UsageJournal> {
  const { path, clock, log, segmentBytes = DEFAULT_SEGMENT_BYTES, openFile = openSegmentFile } = options;
  const processId = newId();
  const ownPath = join(path, processId);
  const lock = await makeOwnDirectory(path, processId);
  const probe = createDiskProbe({ directory: ownPath, openFile });
  const writer = createJournalWriter({ directory: ownPath, openFile, segmentBytes, log, onResult: probe.note });
  const rejected = createRejectedFile({ path: join(rejectedFolder(path), `${processId}.jsonl`), clock });
  let closing: Promise<void> | null = null;

  function append(payload: string): WriteGroup {
    if (closing)
      throw new AppError('usage_not_recorded', 'The server is stopping. Please try again.', { retryable: true });
    // A UTF-16 unit becomes three bytes at most, so the bytes need counting for giants only.
    if (payload.length * 3 > MAX_PAYLOAD_BYTES && Buffer.byteLength(payload) > MAX_PAYLOAD_BYTES) {
      throw new AppError('payload_too_large', 'A usage event is larger than 1 MiB.');
    }
    return writer.append(payload);
  }

  async function finish(onHolderDone: OnHolderDone): Promise<void> {
    const released = await writer.close();
    await probe.idle();
    const leftovers = await listLeftovers(ownPath);
    if (released && leftovers.length === 0) {
      await removeDirectory(onHolderDone).catch((error: unknown) =>
        log.warn({ err: error }, 'usage journal: the directory stays, for another process to finish'),
      );
    }
    await lock.release();
  }

  async function removeDirectory(onHolderDone: OnHolderDone): Promise<void> {
    await removeEmptyLeftovers(ownPath, onHolderDone);
    await onHolderDone(processId);
    await rm(ownPath, { recursive: true, force: true });
  }

  return {
    path,
    processId,
    ownPath,
    append,
    release: writer.release,
    setAside: rejected.append,
    countSetAside: () => countRejected(path),
    isWritable: probe.isWritable,
    close: (onHolderDone = () => Promise.resolve()) => (closing ??= finish(onHolderDone)),
  };
}

/** The lock is taken before the directory has its name, so that nobody ever sees it without an owner. */
async function makeOwnDirectory(journalPath: string, processId: string): Promise<ExclusiveLock> {
  const created = await mkdir(journalPath, { recursive: true, mode: 0o700 });
  if (created !== undefined) await syncDirectory(dirname(journalPath));
  const unnamed = join(journalPath, `${UNNAMED_PREFIX}${processId}`);
  await mkdir(unnamed, { mode: 0o700 });
  const attempt = await acquireExclusiveLock(unnamed, OWNER_LOCK);
  if (!attempt.acquired) throw new AppError('conflict', `${unnamed} already has an owner.`);
  await rename(unnamed, join(journalPath, processId));
  await syncDirectory(journalPath);
  return attempt.lock;
}
