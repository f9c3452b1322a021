import { spawn } from 'node:child_process';
import { type Socket } from 'node:net';

/**
 * Ends a process when ours is gone, even by `kill -9`: a shell waits for the end of a pipe that only we hold open, then
 * asks the process to stop. Returns how to call it off, for when the process has ended by itself.
 */
export function endWithUs(pid: number): () => void {
  if (process.platform === 'win32') return () => undefined;
  const watchdog = spawn('/bin/sh', ['-c', 'cat >/dev/null; kill -INT "$0" 2>/dev/null', String(pid)], {
    cwd: '/',
    // In a group of its own, or the signal that kills us kills it as well.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without it everything works; the next start then finds the orphan.
  watchdog.on('error', () => undefined);
  watchdog.unref();
  (watchdog.stdin as Socket).unref();
  return () => {
    watchdog.kill('SIGKILL');
    watchdog.stdin.destroy();
  };
}
