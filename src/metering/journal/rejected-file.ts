import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
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

/** The file of JSON lines in which a process keeps what a person must look at. It is made when first needed. */
export function createRejectedFile({ path, clock }: { path: string; clock: Clock }): RejectedFile {
  let last: Promise<unknown> = Promise.resolve();

  async function write(entries: readonly SetAside[]): Promise<void> {
    const at = clock.now().toISOString();
    const lines = entries.map((entry) => `${JSON.stringify({ at, ...entry })}\n`).join('');
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_APPEND, 0o600);
    try {
      const { size } = await handle.stat();
      try {
        await handle.appendFile(lines);
        await handle.datasync();
      } catch (error) {
        // Half a line would spoil the next one; the events stay in their segment, so nothing is lost by cutting.
        await handle.truncate(size).catch(() => undefined);
        throw error;
      }
    } finally {
      await handle.close();
    }
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
