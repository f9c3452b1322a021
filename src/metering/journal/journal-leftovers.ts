/**
 * What dead processes left behind. Every process writes into a directory of its own and holds its lock from before the
 * directory gets its name until it ends, so a named directory without an owner is dead for good: no process ever opens
 * one again. Whoever renames it into its own directory has it; the rename of a second adopter finds nothing.
 */
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '@/config/data-dir';
import { findLockOwner } from '@/config/exclusive-lock';
import { SEGMENT_NAME } from './journal-segment';

export const OWNER_LOCK = 'owner';
export const UNNAMED_PREFIX = '.new-';
const ADOPTED = 'adopted-';
const PROCESS_DIRECTORY = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const ABANDONED_AFTER_MS = 10 * 60_000;

/** A segment of a dead process that now belongs to this one. */
export interface LeftoverSegment {
  path: string;
  /** Whether it is the one its process wrote last, whose end may be torn. */
  isLast: boolean;
}

/** Moves the directories of dead processes under `own`; resolves to how many. */
export async function adoptLeftovers(journalPath: string, own: string): Promise<number> {
  let adopted = 0;
  for (const entry of await readdir(journalPath)) {
    const path = join(journalPath, entry);
    if (entry.startsWith(UNNAMED_PREFIX)) await removeAbandoned(path);
    if (!PROCESS_DIRECTORY.test(entry) || path === own) continue;
    if ((await findLockOwner(path, OWNER_LOCK)) !== null) continue;
    if (await renameIfPresent(path, join(own, `${ADOPTED}${entry}`))) adopted++;
  }
  if (adopted > 0) {
    await syncDirectory(own);
    await syncDirectory(journalPath);
  }
  return adopted;
}

/** A process that ended before its directory got a name wrote nothing into it. */
async function removeAbandoned(path: string): Promise<void> {
  const ageMs = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  if (ageMs < ABANDONED_AFTER_MS || (await findLockOwner(path, OWNER_LOCK)) !== null) return;
  await rm(path, { recursive: true, force: true });
}

async function renameIfPresent(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** The segments under the adopted directories of `own`, oldest process first, each process's in the order written. */
export async function listLeftovers(own: string): Promise<LeftoverSegment[]> {
  const leftovers: LeftoverSegment[] = [];
  for (const entry of (await readdir(own)).sort()) {
    if (!entry.startsWith(ADOPTED)) continue;
    const directory = join(own, entry);
    // An adopter that died in its turn leaves adopted directories inside its own.
    leftovers.push(...(await listLeftovers(directory)));
    const names = (await readdir(directory)).filter((name) => SEGMENT_NAME.test(name)).sort();
    leftovers.push(...names.map((name) => ({ path: join(directory, name), isLast: name === names.at(-1) })));
  }
  return leftovers;
}

/** Told of each process of which nothing waits to be recorded any more; where it rejects, the directory stays. */
export type OnHolderDone = (processId: string) => Promise<void>;

/**
 * Removes adopted directories that hold no segment any more.
 * @throws what `onHolderDone` rejected with, after all others were removed.
 */
export async function removeEmptyLeftovers(own: string, onHolderDone: OnHolderDone): Promise<void> {
  const failures: unknown[] = [];
  for (const entry of await readdir(own)) {
    if (!entry.startsWith(ADOPTED)) continue;
    const directory = join(own, entry);
    try {
      await removeEmptyLeftovers(directory, onHolderDone);
      if ((await readdir(directory)).some((name) => SEGMENT_NAME.test(name))) continue;
      await onHolderDone(entry.slice(ADOPTED.length));
      await rm(directory, { recursive: true, force: true });
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
