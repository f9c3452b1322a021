/**
 * The one loop that writes a process's journal. Payloads that arrive while the disk works gather in a group; the group
 * is written with one write that returns when it is on the disk, and everyone in it learns the result through one shared promise.
 */
import { type Logger } from 'pino';
import { type AppError } from '@/kernel/errors';
import { notRecorded } from '../not-recorded';
import {
  appendToSegment,
  createSegment,
  cutBackSegment,
  removeSegment,
  sealSegment,
  type JournalSegment,
  type OpenSegmentFile,
} from './journal-segment';
import { RecordEncoder } from './journal-record';

/** A segment of decided records is given up from this size on, so that a killed process leaves little that is replayed in vain. */
const RETIRE_BYTES = 256 * 1024;
/** A group of so many payloads shows that the process is busy: the next one gathers longer, since a write costs the same for any number. */
const BUSY_GROUP = 8;
/** From the beginning of a busy group's write to that of the next one, in ms. */
const REST_MS = 3;

/** Payloads written together. */
export interface WriteGroup {
  /** Resolves when the group is on the disk; rejects with AppError `usage_not_recorded` when it is not kept. */
  durable: Promise<void>;
  /** Where it stands; null until it is durable. */
  segment: JournalSegment | null;
}

interface GatheringGroup extends WriteGroup {
  payloads: string[];
  resolve: () => void;
  reject: (error: AppError) => void;
}

export interface JournalWriterOptions {
  directory: string;
  openFile: OpenSegmentFile;
  /** Size in bytes at which a segment is followed by a new one. */
  segmentBytes: number;
  log: Logger;
  /** Told after each group whether the disk took it. */
  onResult: (kept: boolean) => void;
}

export interface JournalWriter {
  /** Adds a payload to the group that is written next. Payloads of one group stand in the order they came. */
  append: (payload: string) => WriteGroup;
  /** Says that the fate of `records` records of a segment is decided, so that they are needed no more. */
  release: (segment: JournalSegment, records: number) => void;
  /** Writes what has been appended and closes the segments. Resolves to whether every record was released. */
  close: () => Promise<boolean>;
}

export function createJournalWriter({
  directory,
  openFile,
  segmentBytes,
  log,
  onResult,
}: JournalWriterOptions): JournalWriter {
  let gathering: GatheringGroup | null = null;
  let active: JournalSegment | null = null;
  let running: Promise<void> | null = null;
  let lastNumber = 0;
  const encoder = new RecordEncoder();
  const segments = new Set<JournalSegment>();
  const removals = new Set<Promise<void>>();

  function append(payload: string): WriteGroup {
    gathering ??= newGroup();
    gathering.payloads.push(payload);
    running ??= run();
    return gathering;
  }

  async function run(): Promise<void> {
    // Requests that end in the same turn of the event loop share the first write as well.
    await new Promise((resolve) => setImmediate(resolve));
    for (let group = takeGroup(); group; group = takeGroup()) {
      const restedAtMs = performance.now() + REST_MS;
      await writeGroup(group);
      const leftMs = restedAtMs - performance.now();
      if (group.payloads.length >= BUSY_GROUP && leftMs > 0)
        await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
    running = null;
  }

  function takeGroup(): GatheringGroup | null {
    const group = gathering;
    gathering = null;
    return group;
  }

  async function writeGroup(group: GatheringGroup): Promise<void> {
    try {
      active ??= await openNext();
      await appendToSegment(active, encoder.encode(group.payloads), group.payloads.length);
      group.segment = active;
      onResult(true);
      group.resolve();
      if (active.size >= segmentBytes) await retireActive();
    } catch (error) {
      log.error({ err: error, events: group.payloads.length }, 'usage journal: the disk refused a write');
      await abandonActive();
      onResult(false);
      group.reject(
        notRecorded('The usage of this call could not be written to the disk. Please try again.', { cause: error }),
      );
    }
  }

  async function openNext(): Promise<JournalSegment> {
    const segment = await createSegment(directory, ++lastNumber, openFile);
    segments.add(segment);
    return segment;
  }

  /** After a failure nobody knows what the disk holds behind the last good byte: cut it if possible, and go elsewhere. */
  async function abandonActive(): Promise<void> {
    if (!active) return;
    await cutBackSegment(active).catch((error: unknown) =>
      log.warn({ err: error, segment: active?.path }, 'usage journal: refused records may be replayed'),
    );
    await retireActive();
  }

  async function retireActive(): Promise<void> {
    const segment = active;
    active = null;
    if (!segment) return;
    await sealSegment(segment).catch((error: unknown) => log.warn({ err: error }, 'usage journal: close failed'));
    removeIfDecided(segment);
  }

  function removeIfDecided(segment: JournalSegment): void {
    if (!segment.sealed || segment.undecided > 0 || !segments.delete(segment)) return;
    const removal = removeSegment(segment)
      .catch((error: unknown) =>
        log.warn({ err: error }, 'usage journal: a segment of decided records could not be removed'),
      )
      .finally(() => removals.delete(removal));
    removals.add(removal);
  }

  function release(segment: JournalSegment, records: number): void {
    segment.undecided -= records;
    if (segment.undecided > 0) return;
    if (segment.sealed) removeIfDecided(segment);
    else if (segment === active && !running && segment.size >= RETIRE_BYTES) running = retireThenRun();
  }

  async function retireThenRun(): Promise<void> {
    await retireActive();
    await run();
  }

  async function close(): Promise<boolean> {
    while (running) await running;
    await retireActive();
    await Promise.all(removals);
    return segments.size === 0;
  }

  return { append, release, close };
}

function newGroup(): GatheringGroup {
  let resolve: () => void = () => undefined;
  let reject: (error: AppError) => void = () => undefined;
  const durable = new Promise<void>((onKept, onFailed) => {
    resolve = onKept;
    reject = onFailed;
  });
  return { durable, segment: null, payloads: [], resolve, reject };
}
