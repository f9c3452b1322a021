/**
 * Who owns a directory. The owner listens on a Unix-domain socket inside it: while a connection succeeds the owner
 * lives, and the moment its process ends, by `kill -9` too, the kernel refuses. No heartbeats, no process ids that
 * another process may have inherited, and it holds between containers that share a volume on one machine.
 *
 * `DIR/NAME.lock/` holds the owners' sockets, numbered by generation: 1, 2, 3, … The newest generation decides. To
 * acquire: bind and listen under a private name; list; if the newest owner n lives, it holds the lock; else link the
 * private socket to the name n + 1, which only one can do; list again, and own the lock only if n + 1 is the newest.
 *
 * Why no two own it at once. A socket listens before its number is visible, so a dead number never comes to life.
 * Numbers below the newest are removed only by an owner with a higher one, and a released lock leaves its dead socket
 * in place: the newest number never falls. Suppose A owns g and B then gains h > g. Somebody linked g + 1 after seeing
 * a dead g as the newest. That was not A's socket; so it was an earlier g, removed after g + 1 was there, thus before
 * A linked its own g: then A's second listing showed a number above g, and A did not own the lock. (The listing is one
 * look: the directory holds a handful of names, and the kernel reads those in one call under the directory's lock.)
 */
import { randomUUID } from 'node:crypto';
import { link, mkdir, readdir, rm, stat, unlink } from 'node:fs/promises';
import { type Server } from 'node:net';
import { join } from 'node:path';
import { findSocketOwner, listenOnSocket, type SocketOwner } from './lock-socket';

const ABANDONED_AFTER_MS = 60_000;

export type LockAttempt =
  | { acquired: true; lock: ExclusiveLock }
  /** Another process (or this one, elsewhere) holds it; `pid` is null when it is too busy to say, and is the pid it has in its own container. */
  | { acquired: false; heldBy: SocketOwner };

export interface ExclusiveLock {
  /** Gives the lock up; calling it again does nothing. A process that ends gives it up as well. */
  release(): Promise<void>;
}

const lockDirectory = (directory: string, name: string) => join(directory, `${name}.lock`);

/** The newest generation there is; 0 when nobody ever held the lock. */
async function newestGeneration(lockPath: string): Promise<number> {
  const generations = (await readdir(lockPath)).filter((entry) => /^\d+$/.test(entry)).map(Number);
  return Math.max(0, ...generations);
}

async function removeOlder(lockPath: string, generation: number): Promise<void> {
  for (const entry of await readdir(lockPath)) {
    const path = join(lockPath, entry);
    const outdated = /^\d+$/.test(entry)
      ? Number(entry) < generation
      : await stat(path).then(
          ({ mtimeMs }) => Date.now() - mtimeMs > ABANDONED_AFTER_MS,
          () => false,
        );
    if (outdated) await rm(path, { force: true });
  }
}

const closeServer = (server: Server): Promise<void> => new Promise((resolve) => server.close(() => resolve()));

/**
 * Takes the lock `name` of a directory, which must exist, or says who holds it. Never waits for the holder. The lock
 * does not keep the process alive. The directory may be renamed while the lock is held.
 * @throws AppError when DATA_DIR is too deep for a socket, and the file system's errors.
 */
export async function acquireExclusiveLock(directory: string, name: string): Promise<LockAttempt> {
  const lockPath = lockDirectory(directory, name);
  await mkdir(lockPath, { recursive: true, mode: 0o700 });
  const privateName = `new-${randomUUID().slice(0, 8)}`;
  const server = await listenOnSocket(lockPath, privateName);
  try {
    for (;;) {
      const newest = await newestGeneration(lockPath);
      const owner = newest === 0 ? null : await findSocketOwner(lockPath, String(newest));
      if (owner) {
        await closeServer(server);
        return { acquired: false, heldBy: owner };
      }
      const generation = newest + 1;
      const linked = await linkIfAbsent(join(lockPath, privateName), join(lockPath, String(generation)));
      if (!linked || (await newestGeneration(lockPath)) !== generation) continue;
      await unlink(join(lockPath, privateName));
      await removeOlder(lockPath, generation);
      return { acquired: true, lock: { release: () => closeServer(server) } };
    }
  } catch (error) {
    await closeServer(server);
    throw error;
  }
}

async function linkIfAbsent(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Who holds the lock `name` of a directory now; null when nobody does. */
export async function findLockOwner(directory: string, name: string): Promise<SocketOwner | null> {
  const lockPath = lockDirectory(directory, name);
  try {
    for (;;) {
      const newest = await newestGeneration(lockPath);
      if (newest === 0) return null;
      const owner = await findSocketOwner(lockPath, String(newest));
      // A dead socket that was replaced meanwhile says nothing about its successor.
      if (owner || (await newestGeneration(lockPath)) === newest) return owner;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
