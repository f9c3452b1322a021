// Imports an access log: read lines → find where they stand in which log → parse → record in batches → note how far.
//
// A line is known by what it says, the log it stands in and its place there (log-line-id.ts). So the same file again, the
// same file grown, rotated or trimmed gives its old lines their old ids and they are counted once; equal lines at two places
// or of two hosts are two requests. Killed anywhere, the next run hashes its way to the last note (no database needed) and
// goes on; what was recorded after the note is recognised as known.

import { stat } from 'node:fs/promises';
import { type Clock } from '@/kernel/clock';
import { type UsageStore } from '../usage-store-contract';
import { COMPARED_LINES, findPlace } from './find-place';
import { createImportBatches, type ImportCounts, type PlacedLine, type PreparedLine } from './import-batch';
import { type ImportProgress, type ImportProgressStore } from './import-progress-store';
import { type ImportedLines } from './imported-line-queries';
import { createKnownFiles, resumeFile, type FilePosition, type ResumedFile } from './known-files';
import { createLineWindow, type LineWindow } from './line-window';
import { hashOf, nextKey, NO_LINES } from './log-line-id';
import { type ImportTarget, type Locate } from './logged-event';
import { type LogFormat, parseLogLine } from './parse-log-line';
import { MAX_LINE_BYTES, type LogLine, readLines } from './read-lines';

const BATCH_LINES = 5_000;
/** So many times a file is compared with others whose first line it has: that line may be a common one. */
const MAX_JOINS = 200;

export interface ImportOptions extends ImportTarget {
  path: string;
  format: LogFormat;
  /** Bytes that are read at once; what is imported does not depend on it. */
  chunkBytes?: number | undefined;
}

interface ImportDependencies {
  store: UsageStore;
  progress: ImportProgressStore;
  importedLines: (target: ImportTarget) => Promise<ImportedLines>;
  clock: Clock;
  locate: Locate;
  onRejected: (line: number, reason: string) => void;
  onProgress: (bytesDone: number, linesDone: number) => void;
}

/** Counts are of this run. */
export interface ImportResult extends ImportCounts {
  /** Lines of the file that are done, this run and earlier ones together. */
  lines: number;
  /** Lines an earlier run had done with this file. */
  alreadyDone: number;
  /** Bytes of a last line that has no end yet; it is left for the next run. */
  unfinishedBytes: number;
}

const NOTHING: ImportCounts = Object.freeze({ accepted: 0, duplicates: 0, rejected: 0 });
const added = (a: ImportCounts, b: ImportCounts): ImportCounts => ({
  accepted: a.accepted + b.accepted,
  duplicates: a.duplicates + b.duplicates,
  rejected: a.rejected + b.rejected,
});

/**
 * Imports a log file of any size in constant memory. Importing the same file again, or after it was grown, rotated or
 * trimmed, records only what is new. Lines that cannot be read are reported and skipped.
 * @throws AppError when the store cannot be reached (running the import again goes on from there), or conflict when the file
 * is no longer what was imported, or another import of the source is running.
 */
export async function importLog(options: ImportOptions, dependencies: ImportDependencies): Promise<ImportResult> {
  const release = await dependencies.progress.claim(options);
  try {
    const notes = await dependencies.progress.list(options);
    const resumed = await resumeFile(options.path, notes, options.chunkBytes);
    const window = createLineWindow(
      readLines(options.path, resumed?.position, options.chunkBytes),
      preparing(options.format, dependencies.clock.now().getTime()),
    );
    try {
      return await importLines(options, dependencies, { notes, resumed, window });
    } finally {
      await window.close();
    }
  } finally {
    await release();
  }
}

const preparing =
  (format: LogFormat, nowMs: number) =>
  (line: LogLine): PreparedLine => {
    const { number, endOffset, bytes, cutFromBytes } = line;
    const parsed =
      cutFromBytes === null
        ? parseLogLine(format, bytes.toString('utf8'), nowMs)
        : { ok: false as const, reason: `longer than ${MAX_LINE_BYTES} bytes` };
    return { number, endOffset, hash: hashOf(line), readable: parsed.ok, parsed };
  };

interface OpenFile {
  notes: ImportProgress[];
  resumed: ResumedFile | undefined;
  window: LineWindow<PreparedLine>;
}

async function importLines(
  options: ImportOptions,
  { store, progress, importedLines, locate, onRejected, onProgress }: ImportDependencies,
  { notes, resumed, window }: OpenFile,
): Promise<ImportResult> {
  const lines = await importedLines(options);
  const files = createKnownFiles(notes);
  const known = { lines, ...files };
  const batches = createImportBatches({ store, lines, target: options, locate, onRejected });
  let counts = NOTHING;

  /** Where the file stands, if no note says it; undefined where it has no line. */
  async function begin(): Promise<ResumedFile | undefined> {
    const head = await window.peek(COMPARED_LINES);
    if (!head[0]) return undefined;
    const firstLineKey = nextKey(NO_LINES, head[0].hash);
    const at = (await findPlace(head, known)) ?? { log: files.newLog(firstLineKey), place: 0 };
    const position = { number: 0, endOffset: 0, key: NO_LINES, at };
    const note = files.find(firstLineKey, at) ?? {
      ...NOTHING,
      firstLineKey,
      firstLog: at.log,
      firstPlace: at.place,
      lineKey: NO_LINES,
      linesDone: 0,
      bytesDone: 0,
      log: at.log,
      nextPlace: at.place,
    };
    // Noted before anything is recorded, so that no other file gets the number of this log.
    if (note.linesDone === 0) await progress.save(options, note);
    return { progress: note, position };
  }

  const start = resumed ?? (await begin());
  if (!start) return { ...counts, lines: 0, alreadyDone: 0, unfinishedBytes: await bytesAfter(options.path, 0) };
  const { progress: note } = start;
  let { position } = start;
  const before = resumed ? note : NOTHING;

  async function finish(batch: readonly PlacedLine[], isKnown: boolean, done: FilePosition): Promise<void> {
    counts = added(counts, await (isKnown ? batches.recognise(batch) : batches.record(batch)));
    // A shorter copy of a file takes back nothing that is noted of it.
    if (done.number >= note.linesDone) await progress.save(options, noteOf(note, done, added(before, counts)));
    onProgress(done.endOffset, done.number);
  }

  // One batch is written while the next is read: never more than two in memory.
  let writing: Promise<void> = Promise.resolve();
  let batch: PlacedLine[] = [];
  let isBatchKnown = false;
  let joins = 0;
  async function handOver(): Promise<void> {
    await writing;
    if (batch.length === 0) return;
    writing = finish(batch, isBatchKnown, position);
    // The failure is met where the batch is waited for.
    writing.catch(() => undefined);
    batch = [];
  }

  for (;;) {
    const [line] = await window.peek(1);
    if (!line) break;
    let isKnown = position.at.place < files.lengthOf(position.at.log);
    if (!isKnown && joins < MAX_JOINS && files.mayBeginOther(line.hash, note)) {
      // Here may begin what was imported as a file of its own.
      joins += 1;
      await handOver();
      await writing;
      const at = await findPlace(await window.peek(COMPARED_LINES), known);
      if (at) position = { ...position, at };
      isKnown = position.at.place < files.lengthOf(position.at.log);
    }
    if (isKnown !== isBatchKnown || batch.length >= BATCH_LINES) await handOver();
    isBatchKnown = isKnown;
    batch.push({ line: window.take(), at: position.at });
    position = {
      number: line.number,
      endOffset: line.endOffset,
      key: nextKey(position.key, line.hash),
      at: { log: position.at.log, place: position.at.place + 1 },
    };
  }
  await handOver();
  await writing;
  return {
    ...counts,
    lines: position.number,
    alreadyDone: resumed?.position.number ?? 0,
    unfinishedBytes: await bytesAfter(options.path, position.endOffset),
  };
}

const noteOf = (note: ImportProgress, { number, endOffset, key, at }: FilePosition, counts: ImportCounts) => ({
  ...note,
  ...counts,
  lineKey: key,
  linesDone: number,
  bytesDone: endOffset,
  log: at.log,
  nextPlace: at.place,
});

const bytesAfter = async (path: string, endOffset: number): Promise<number> =>
  Math.max(0, (await stat(path)).size - endOffset);
