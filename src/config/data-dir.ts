import { randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { AppError } from '@/kernel/errors';

/** The folder that holds what this installation keeps on its own disk; only its user may enter it. */
export interface DataDir {
  /** Absolute. */
  path: string;
  /** Where the usage journals of all processes stand. */
  journalPath: string;
  /** Absolute path of an entry. */
  resolve(...names: string[]): string;
  /** The content of a secret written before; null when there is none. */
  readSecret(name: string): Promise<string | null>;
  /** Writes a file that only its user may read: wholly or not at all, and on the disk when this resolves. */
  writeSecret(name: string, content: string): Promise<void>;
}

/** Makes the entries of a directory survive a crash of the machine: creating, renaming and removing files needs it. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeSecretFile(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}`;
  try {
    const handle = await open(/* turbopackIgnore: true */ draft, 'wx', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/**
 * Opens the data directory, creating it with mode 700; an existing one is narrowed to that.
 * @throws AppError naming DATA_DIR when it cannot be made or is not ours.
 */
export async function openDataDir(location: string): Promise<DataDir> {
  const path = resolve(location);
  try {
    const created = await mkdir(path, { recursive: true, mode: 0o700 });
    await chmod(path, 0o700);
    // Every folder made on the way down is an entry of the one above it.
    for (let at = path; created !== undefined && at.length >= created.length; at = dirname(at)) {
      await syncDirectory(dirname(at));
    }
  } catch (error) {
    const reason = (error as Error).message;
    throw new AppError('unavailable', `DATA_DIR ${path} cannot be used: ${reason}`, { cause: error });
  }
  return {
    path,
    journalPath: join(path, 'journal'),
    resolve: (...names) => join(path, ...names),
    readSecret: (name) => readIfPresent(join(path, name)),
    writeSecret: (name, content) => writeSecretFile(join(path, name), content),
  };
}
