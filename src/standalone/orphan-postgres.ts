import { execFile } from 'node:child_process';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process is a Postgres on this very data directory, and not some other that was given its number. */
async function isPostgresOn(directory: string, pid: number): Promise<boolean> {
  try {
    // Postgres works inside its data directory; the link follows a directory that was moved.
    const [cwd, command] = await Promise.all([readlink(`/proc/${pid}/cwd`), readFile(`/proc/${pid}/cmdline`, 'utf8')]);
    return cwd === (await realpath(directory)) && /postgres(\.exe)?$/.test(command.split('\0')[0] ?? '');
  } catch {
    const { stdout } = await promisify(execFile)('ps', ['-p', String(pid), '-o', 'args=']).catch(() => ({
      stdout: '',
    }));
    return stdout.includes('postgres') && stdout.includes(directory);
  }
}

async function endsWithin(pid: number, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < limitMs; waitedMs += 50) {
    if (!isAlive(pid)) return true;
    await sleep(50);
  }
  return !isAlive(pid);
}

/**
 * Makes a data directory ready for a new Postgres after the one before lost its server (`kill -9`): one that still runs
 * is stopped, and a lock file naming a process that is none of ours is removed. Only for a caller that owns DATA_DIR.
 * @throws Error when a running one does not stop.
 */
export async function stopOrphanPostgres(directory: string): Promise<void> {
  const lockFile = join(directory, 'postmaster.pid');
  const pid = Number((await readFile(lockFile, 'utf8').catch(() => '')).split('\n')[0]);
  // Of a dead one Postgres takes over the lock by itself.
  if (!Number.isInteger(pid) || pid <= 0 || !isAlive(pid)) return;
  if (!(await isPostgresOn(directory, pid))) {
    await rm(lockFile, { force: true });
    return;
  }
  process.kill(pid, 'SIGINT');
  if (await endsWithin(pid, FAST_STOP_MS)) return;
  process.kill(pid, 'SIGQUIT');
  if (await endsWithin(pid, IMMEDIATE_STOP_MS)) return;
  throw new Error(
    `A Postgres left over from an earlier run (process ${pid}) does not stop. Stop it, then start again.`,
  );
}
