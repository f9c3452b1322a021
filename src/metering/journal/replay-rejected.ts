/**
 * Brings into the store what was set aside, once the reason is mended: a person asks for it. A file is taken away from its
 * process by renaming, and goes when the fate of all its lines is decided; lines that are refused again stay. Killed
 * anywhere, the next replay goes on: an event told twice is counted once.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '@/config/data-dir';
import { acquireExclusiveLock } from '@/config/exclusive-lock';
import { AppError } from '@/kernel/errors';
import { type EventOutcome, type OwnEvent } from '../contracts';
import { decideEvents } from '../decide-events';
import { type UsageStore } from '../usage-store-contract';
import { parseJournalledEvent } from './journalled-event';
import { linesOf, listRejectedFiles, rejectedFolder } from './rejected-file';

const BATCH_SIZE = 1_000;

interface ReplayOptions {
  journalPath: string;
  store: UsageStore;
  /** Told of each line that stays, and why. */
  onKept: (line: string, reason: string) => void;
}

/** What became of the lines. */
export interface ReplayResult {
  recorded: number;
  duplicates: number;
  /** Refused again, or no event: they stay set aside. */
  kept: number;
}

/**
 * Replays all that stands in `journal/rejected`, while servers run or not.
 * @throws AppError conflict while another replay runs; what the store threw when it cannot be reached: the rest stays.
 */
export async function replayRejected({ journalPath, store, onKept }: ReplayOptions): Promise<ReplayResult> {
  const result: ReplayResult = { recorded: 0, duplicates: 0, kept: 0 };
  const folder = rejectedFolder(journalPath);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const attempt = await acquireExclusiveLock(folder, 'replay');
  if (!attempt.acquired) throw new AppError('conflict', 'Another replay is running.');
  try {
    for (const path of await listRejectedFiles(journalPath)) await replayFile(path);
  } finally {
    await attempt.lock.release();
  }
  return result;

  async function replayFile(path: string): Promise<void> {
    const taken = join(folder, `${randomUUID()}.jsonl`);
    await rename(path, taken);
    const kept: string[] = [];
    let done = 0;
    // A process that had the file open may have written on.
    for (let lines = await readLines(taken); lines.length > done; lines = await readLines(taken)) {
      kept.push(...(await replayLines(lines.slice(done))));
      done = lines.length;
    }
    result.kept += kept.length;
    if (kept.length === 0) await rm(taken);
    else await replaceFile(taken, kept);
    await syncDirectory(folder);
  }

  /** Gives back the lines that stay. */
  async function replayLines(lines: readonly string[]): Promise<string[]> {
    const kept: string[] = [];
    const keep = (line: string, reason: string) => {
      kept.push(line);
      onKept(line, reason);
    };
    const found: { line: string; event: OwnEvent }[] = [];
    for (const line of lines) {
      const event = eventOf(line);
      if (event) found.push({ line, event });
      else keep(line, 'it is no event that can be read');
    }
    for (let from = 0; from < found.length; from += BATCH_SIZE) {
      const batch = found.slice(from, from + BATCH_SIZE);
      const onDecided = (first: number, outcomes: readonly EventOutcome[]): Promise<void> => {
        outcomes.forEach((outcome, index) => {
          if (outcome.outcome === 'accepted') result.recorded += 1;
          else if (outcome.outcome === 'duplicate') result.duplicates += 1;
          else keep(batch[first + index]!.line, outcome.message);
        });
        return Promise.resolve();
      };
      const events = batch.map(({ event }) => event);
      await decideEvents({ store, events, knownForever: true, fenced: false, onDecided });
    }
    return kept;
  }
}

const readLines = async (path: string): Promise<string[]> => linesOf(await readFile(path, 'utf8'));

/** The event of a line; bytes that could not be read once may be readable by a later version. */
function eventOf(line: string): OwnEvent | null {
  try {
    const { event, bytesBase64 } = JSON.parse(line) as { event?: unknown; bytesBase64?: string };
    const payload = event === undefined ? Buffer.from(bytesBase64 ?? '', 'base64').toString() : JSON.stringify(event);
    return parseJournalledEvent(payload);
  } catch {
    return null;
  }
}

/** The old content or the new one stands under the name at any moment. */
async function replaceFile(path: string, lines: readonly string[]): Promise<void> {
  const draft = `${path}.draft`;
  const handle = await open(draft, 'w', 0o600);
  try {
    await handle.writeFile(`${lines.join('\n')}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await rename(draft, path);
  await syncDirectory(dirname(path));
}
