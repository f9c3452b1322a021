import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { syncDirectory } from '@/config/data-dir';
import { type Clock } from '@/kernel/clock';
import { type UsageEvent } from '../contracts';

/** What could not be recorded, and why. */
export type SetAside =
  | { reason: string; message: string; event: UsageEvent }
  /** Bytes of a segment that are no record, in base64. */
  | {
      reason: 'damaged' | 'torn' | 'unreadable';
      message: string;
      segment: string;
      offset: number;
      bytesBase64: string;
    };

export interface RejectedFile {
  /** Appends one JSON line for each, with the time; on the disk when it resolves. */
  append: (entries: readonly SetAside[]) => Promise<void>;
}

/** Where all processes of a journal set aside what a person must look at: a file of JSON lines each. */
export const rejectedFolder = (journalPath: string): string => join(journalPath, 'rejected');

/** The file of JSON lines in which a process keeps what a person must look at. It is made when first needed. */
export function createRejectedFile({ path, clock }: { path: string; clock: Clock }): RejectedFile {
  let last: Promise<unknown> = Promise.resolve();

  async function write(entries: readonly SetAside[]): Promise<void> {
    const at = clock.now().toISOString();
    const lines = entries.map((entry) => `${JSON.stringify({ at, ...entry })}\n`).join('');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    // A replay takes files away by renaming them. What was written into one that went meanwhile is written again: twice told
    // is once counted.
    while (!(await appendTo(path, lines)));
    await syncDirectory(dirname(path));
  }

  return {
    append(entries) {
      if (entries.length === 0) return Promise.resolve();
      const done = last.then(() => write(entries));
      last = done.catch(() => undefined);
      return done;
    },
  };
}

/** Appends and syncs; resolves to whether the file still has its name. */
async function appendTo(path: string, lines: string): Promise<boolean> {
  const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
  try {
    const { size, ino } = await handle.stat();
    try {
      await handle.appendFile(lines);
      await handle.datasync();
    } catch (error) {
      // Half a line would spoil the next one; the events stay in their segment, so nothing is lost by cutting.
      await handle.truncate(size).catch(() => undefined);
      throw error;
    }
    const named = await stat(path).catch(() => null);
    return named?.ino === ino;
  } finally {
    await handle.close();
  }
}

/** The lines of a file that were written to their end. */
export const linesOf = (text: string): string[] => text.split('\n').slice(0, -1).filter(Boolean);

/** The files in which something stands set aside. */
export async function listRejectedFiles(journalPath: string): Promise<string[]> {
  const folder = rejectedFolder(journalPath);
  const names = await readdir(folder).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .map((name) => join(folder, name));
}

/** How many events, or stretches of bytes, stand set aside, of all processes that ever wrote to this journal. */
export async function countRejected(journalPath: string): Promise<number> {
  let count = 0;
  for (const path of await listRejectedFiles(journalPath)) {
    // One that a replay has just taken away is counted the next time.
    count += linesOf(await readFile(path, 'utf8').catch(() => '')).length;
  }
  return count;
}
