import { type ImportProgress } from './import-progress-store';
import { hashOf, nextKey, NO_LINES, type LinePlace } from './log-line-id';
import { type LinePosition, readLines } from './read-lines';

/** A place in a file, the running key of all that stands before it, and where the next line stands in which log. */
export interface FilePosition extends LinePosition {
  key: Buffer;
  at: LinePlace;
}

/** What is noted of the files of one source. */
export interface KnownFiles {
  /** Places of a log that are done. */
  lengthOf(log: number): number;
  /** A log that has no lines yet, for a file that begins like this; the same again if nothing came of it. */
  newLog(firstLineKey: Buffer): number;
  /** Whether a file that was imported before begins with this line at this place. */
  isBeginning(hash: Buffer, at: LinePlace): boolean;
  /** The same at any place, for files other than `own`. */
  mayBeginOther(hash: Buffer, own: ImportProgress): boolean;
  /** The note that belongs to a file which begins with this line at this place. */
  find(firstLineKey: Buffer, at: LinePlace): ImportProgress | undefined;
}

export function createKnownFiles(files: readonly ImportProgress[]): KnownFiles {
  const lengths = new Map<number, number>();
  const beginnings = new Map<string, ImportProgress[]>();
  let logs = 0;
  for (const file of files) {
    lengths.set(file.log, Math.max(lengths.get(file.log) ?? 0, file.nextPlace));
    const key = file.firstLineKey.toString('latin1');
    beginnings.set(key, [...(beginnings.get(key) ?? []), file]);
    logs = Math.max(logs, file.log + 1, file.firstLog + 1);
  }
  const find = (firstLineKey: Buffer, { log, place }: LinePlace) =>
    beginnings
      .get(firstLineKey.toString('latin1'))
      ?.find(({ firstLog, firstPlace }) => firstLog === log && firstPlace === place);
  return {
    lengthOf: (log) => lengths.get(log) ?? 0,
    newLog: (firstLineKey) =>
      beginnings.get(firstLineKey.toString('latin1'))?.find(({ linesDone }) => linesDone === 0)?.log ?? logs,
    isBeginning: (hash, at) => find(nextKey(NO_LINES, hash), at) !== undefined,
    mayBeginOther(hash, own) {
      const key = nextKey(NO_LINES, hash);
      return beginnings.has(key.toString('latin1')) && !key.equals(own.firstLineKey);
    },
    find,
  };
}

export interface ResumedFile {
  progress: ImportProgress;
  position: FilePosition;
}

/** How far an earlier run came with this file, if all that it had done is still there and the same. */
export async function resumeFile(
  path: string,
  files: readonly ImportProgress[],
  chunkBytes?: number,
): Promise<ResumedFile | undefined> {
  let key: Buffer = NO_LINES;
  let candidates: readonly ImportProgress[] = files;
  let resumed: ResumedFile | undefined;
  for await (const line of readLines(path, undefined, chunkBytes)) {
    key = nextKey(key, hashOf(line));
    if (line.number === 1) candidates = files.filter(({ firstLineKey }) => firstLineKey.equals(key));
    const progress = candidates.find(({ linesDone, lineKey }) => linesDone === line.number && lineKey.equals(key));
    if (progress) {
      const at = { log: progress.log, place: progress.nextPlace };
      resumed = { progress, position: { number: line.number, endOffset: line.endOffset, key, at } };
    }
    if (!candidates.some(({ linesDone }) => linesDone > line.number)) break;
  }
  return resumed;
}
