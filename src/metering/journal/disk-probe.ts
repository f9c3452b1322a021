import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type OpenSegmentFile, ROOM, writeAll } from './journal-segment';

const PROBE_INTERVAL_MS = 1_000;

export interface DiskProbe {
  /** Whether the last write reached the disk. Where it did not, a new attempt is begun at most once a second. */
  isWritable: () => boolean;
  /** Notes how a real write went. */
  note: (kept: boolean) => void;
  /** Resolves when no attempt is under way. */
  idle: () => Promise<void>;
}

/** Tells whether a directory's disk takes writes. It is asked by requests and health checks, and needs no timer. */
export function createDiskProbe({ directory, openFile }: { directory: string; openFile: OpenSegmentFile }): DiskProbe {
  let writable = true;
  let attempt: Promise<void> | null = null;
  let attempts = 0;
  let lastAttemptMs = -Infinity;

  async function tryDisk(): Promise<void> {
    const path = join(directory, `probe-${++attempts}`);
    try {
      const file = await openFile(path);
      try {
        await writeAll(file, ROOM, 0);
      } finally {
        await file.close();
      }
      writable = true;
    } catch {
      writable = false;
    } finally {
      await rm(path, { force: true }).catch(() => undefined);
      attempt = null;
    }
  }

  function isWritable(): boolean {
    const nowMs = performance.now();
    if (!writable && !attempt && nowMs - lastAttemptMs >= PROBE_INTERVAL_MS) {
      lastAttemptMs = nowMs;
      attempt = tryDisk();
    }
    return writable;
  }

  return {
    isWritable,
    note: (kept) => {
      writable = kept;
      // The failed write was an attempt too.
      if (!kept) lastAttemptMs = performance.now();
    },
    idle: async () => {
      await attempt;
    },
  };
}
