import { open } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { AppError } from '@/kernel/errors';

/** A socket address holds 104 (macOS) or 108 (Linux) bytes, the final zero included; a longer path is cut silently. */
const MAX_SOCKET_PATH_BYTES = 100;
const ANSWER_TIMEOUT_MS = 1_000;

/** Who listens on a socket; `pid` is null when the owner is alive but too busy to answer. */
export interface SocketOwner {
  pid: number | null;
}

/**
 * Calls `use` with a path of `directory/name` that fits into a socket address. Linux reaches a long one through an
 * open directory's entry in /proc.
 * @throws AppError when the path is too long elsewhere.
 */
async function withSocketPath<T>(directory: string, name: string, use: (path: string) => Promise<T>): Promise<T> {
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES) return use(path);
  if (process.platform !== 'linux') {
    throw new AppError(
      'unavailable',
      `DATA_DIR is too deep for a lock on this system: ${path}. Choose a shorter path.`,
    );
  }
  const handle = await open(directory, 'r');
  try {
    return await use(`/proc/self/fd/${handle.fd}/${name}`);
  } finally {
    await handle.close();
  }
}

/** Listens on `directory/name` and answers each connection with this process's id. Never keeps the process alive. */
export function listenOnSocket(directory: string, name: string): Promise<Server> {
  return withSocketPath(
    directory,
    name,
    (path) =>
      new Promise((resolve, reject) => {
        const server = createServer((socket) => {
          socket.on('error', () => socket.destroy());
          socket.unref();
          // Closed from this side, so that a caller that hangs cannot delay a release.
          socket.end(`${process.pid}\n`, () => socket.destroy());
        });
        server.unref();
        server.once('error', reject);
        server.listen({ path, exclusive: true }, () => resolve(server));
      }),
  );
}

/**
 * Who listens on `directory/name`; null when nobody does. The kernel refuses the connection as soon as the listener's
 * process is gone, however it ended and in whichever container it ran.
 * @throws AppError when the socket may not be asked.
 */
export function findSocketOwner(directory: string, name: string): Promise<SocketOwner | null> {
  return withSocketPath(
    directory,
    name,
    (path) =>
      new Promise((resolve, reject) => {
        let answer = '';
        let connected = false;
        const socket = connect({ path });
        const finish = () => {
          socket.destroy();
          const pid = Number.parseInt(answer, 10);
          resolve({ pid: Number.isNaN(pid) ? null : pid });
        };
        socket.setEncoding('utf8');
        socket.setTimeout(ANSWER_TIMEOUT_MS, finish);
        socket.once('connect', () => (connected = true));
        socket.on('data', (chunk: string) => (answer += chunk));
        socket.once('end', finish);
        socket.once('error', (error: NodeJS.ErrnoException) => {
          // A full backlog (EAGAIN) and a connection cut short are signs of life.
          if (connected || error.code === 'EAGAIN' || error.code === 'ECONNRESET') finish();
          else if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(null);
          else reject(new AppError('unavailable', `The lock in ${directory} cannot be read.`, { cause: error }));
        });
      }),
  );
}
