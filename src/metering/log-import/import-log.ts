// Imports an access log: read lines → key each by all that stands before it → parse → record in batches → note how far.
//
// The id of a line is a running hash: SHA-256 of the id of the line before it and the line itself. So the same file again,
// or the same file grown, gives its old lines their old ids and they are counted once; two identical lines in one file stand
// after different beginnings and are two requests. Killed anywhere, the next run hashes its way to the last note (no
// database needed) and goes on; what was recorded after the note is recognised as known.

import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { API_CALLS, type UsageEvent } from '../contracts';
import { type UsageStore } from '../usage-store-contract';
import { type ImportProgress, type ImportProgressStore } from './import-progress-store';
import { type LogFormat, type LoggedRequest, parseLogLine } from './parse-log-line';
import { type LinePosition, type LogLine, readLines } from './read-lines';

const BATCH_LINES = 5_000;
const MAX_AHEAD_MS = 3_600_000;
const NO_LINE = Buffer.alloc(32);

export interface ImportOptions {
  path: string;
  format: LogFormat;
  organizationId: string;
  /** Name under which the lines are known; importing a file under two names counts it twice. */
  source: string;
}

interface ImportDependencies {
  store: UsageStore;
  progress: ImportProgressStore;
  clock: Clock;
  /** What of a client address may be kept, and the country it belongs to. */
  locate: (ip: string) => { ip: string | null; country: string | null };
  onRejected: (line: number, reason: string) => void;
  onProgress: (bytesDone: number, linesDone: number) => void;
}

export interface ImportResult {
  /** Lines of the file that are done, this run and earlier ones together. */
  lines: number;
  /** Of this run. */
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Lines an earlier run had done. */
  alreadyDone: number;
}

const nextKey = (previous: Buffer, line: Buffer): Buffer => createHash('sha256').update(previous).update(line).digest();

/** 128 bits name a line well enough, and are stored with every event. */
const idOf = (key: Buffer): string => key.toString('base64url', 0, 16);

function toUsageEvent(
  request: LoggedRequest,
  id: string,
  options: ImportOptions,
  locate: ImportDependencies['locate'],
): UsageEvent {
  const place = request.ip !== null && isIP(request.ip) ? locate(request.ip) : { ip: null, country: null };
  return {
    id,
    organizationId: options.organizationId,
    source: { kind: 'imported', name: options.source },
    occurredAtMs: request.occurredAtMs,
    livemode: true,
    apiKeyId: null,
    route: request.path,
    method: request.method,
    status: request.status,
    durationUs: request.durationUs,
    requestBytes: request.requestBytes,
    responseBytes: request.responseBytes,
    userAgent: request.userAgent,
    ...place,
    errorCode: null,
    quantities: { [API_CALLS]: 1 },
  };
}

interface KeyedPosition extends LinePosition {
  /** Running key of the line before the position. */
  key: Buffer;
}

const START: KeyedPosition = { number: 0, endOffset: 0, key: NO_LINE };

async function firstLineKeyOf(path: string): Promise<Buffer | undefined> {
  for await (const line of readLines(path)) return nextKey(NO_LINE, line.bytes);
  return undefined;
}

/** Where an earlier run stopped, if all that stands before is still the same; else the start. */
async function resumePosition(path: string, earlier: ImportProgress | undefined): Promise<KeyedPosition> {
  if (!earlier) return START;
  let key: Buffer = NO_LINE;
  for await (const line of readLines(path)) {
    key = nextKey(key, line.bytes);
    if (line.number === earlier.linesDone) return key.equals(earlier.lineKey) ? { ...line, key } : START;
  }
  return START;
}

/**
 * Imports a log file of any size in constant memory. Importing the same file again, or after it has grown, records only
 * what is new. Lines that cannot be read are reported and skipped.
 * @throws AppError when the store cannot be reached; running the import again goes on from there.
 */
export async function importLog(options: ImportOptions, dependencies: ImportDependencies): Promise<ImportResult> {
  const { path, format, organizationId, source } = options;
  const { store, progress, clock, locate, onRejected, onProgress } = dependencies;
  const result: ImportResult = { lines: 0, accepted: 0, duplicates: 0, rejected: 0, alreadyDone: 0 };
  const firstLineKey = await firstLineKeyOf(path);
  if (!firstLineKey) return result;
  const file = { organizationId, source, firstLineKey };
  const earlier = await progress.find(file);
  const start = await resumePosition(path, earlier);
  result.lines = result.alreadyDone = start.number;
  // A file that was changed before the noted line starts over, and so do its figures.
  const before = start === START || !earlier ? { accepted: 0, duplicates: 0, rejected: 0 } : earlier;

  function eventOf(line: LogLine, key: Buffer): UsageEvent | undefined {
    const parsed = parseLogLine(format, line.bytes.toString('utf8'));
    const tooLate = parsed.ok && parsed.request.occurredAtMs > clock.now().getTime() + MAX_AHEAD_MS;
    if (parsed.ok && !tooLate) return toUsageEvent(parsed.request, idOf(key), options, locate);
    result.rejected += 1;
    onRejected(line.number, parsed.ok ? 'time: lies in the future' : parsed.reason);
    return undefined;
  }

  async function write(events: UsageEvent[], done: KeyedPosition, rejected: number): Promise<void> {
    for (const outcome of await store.record(events, { knownForever: true })) {
      if (outcome.outcome === 'rejected') throw new AppError('invalid_request', outcome.message);
      result[outcome.outcome === 'accepted' ? 'accepted' : 'duplicates'] += 1;
    }
    result.lines = done.number;
    await progress.save(file, {
      lineKey: done.key,
      bytesDone: done.endOffset,
      linesDone: done.number,
      accepted: before.accepted + result.accepted,
      duplicates: before.duplicates + result.duplicates,
      rejected: before.rejected + rejected,
    });
    onProgress(done.endOffset, done.number);
  }

  // One batch is written while the next is read: never more than two in memory.
  let writing: Promise<void> = Promise.resolve();
  let events: UsageEvent[] = [];
  let position = start;
  let written = start.number;
  const handOver = async () => {
    await writing;
    const [batch, done, rejected] = [events, position, result.rejected];
    [events, written] = [[], position.number];
    writing = write(batch, done, rejected);
    // The failure is met where the batch is waited for.
    writing.catch(() => undefined);
  };
  for await (const line of readLines(path, start)) {
    position = { number: line.number, endOffset: line.endOffset, key: nextKey(position.key, line.bytes) };
    const event = eventOf(line, position.key);
    if (event) events.push(event);
    if (position.number - written >= BATCH_LINES) await handOver();
  }
  if (position.number > written) await handOver();
  await writing;
  return result;
}
