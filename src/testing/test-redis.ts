import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { findFreePort } from '@/standalone/free-port';

const REST_SERVER = resolve(__dirname, '../../node_modules/@humanwhocodes/upstash-redis-server/dist/server.js');
const TOKEN = 'token-that-only-tests-know';

/** Whether this machine can run the tests that need Redis. */
export const hasRedisServer = (): boolean => spawnSync('redis-server', ['--version']).status === 0;

export interface TestRedis {
  /** Upstash's REST interface, by way of a line that can be made slow. */
  url: string;
  token: string;
  /** The REST interface itself, for benchmarks. */
  directUrl: string;
  redisPort: number;
  /** Requests that reached the line so far. */
  requests(): number;
  /** Holds what is sent from now on back for so long. */
  slowDown(delayMs: number): void;
  /** kill -9 of the database itself. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A real Redis with Upstash's REST interface, in processes of their own. */
export async function startTestRedis(): Promise<TestRedis> {
  const [redisPort, restPort] = [await findFreePort(), await findFreePort()];
  const redis = spawn(
    'redis-server',
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    { stdio: 'ignore' },
  );
  const rest = spawn(process.execPath, [REST_SERVER], {
    stdio: 'ignore',
    env: { NODE_ENV: 'test', URS_TOKEN: TOKEN, PORT: String(restPort), REDIS_URL: `redis://127.0.0.1:${redisPort}` },
  });
  const line = await startLine(restPort);
  await answers(`http://127.0.0.1:${restPort}`);
  return {
    url: `http://127.0.0.1:${line.port}`,
    token: TOKEN,
    directUrl: `http://127.0.0.1:${restPort}`,
    redisPort,
    requests: line.requests,
    slowDown: line.slowDown,
    kill: () => end(redis),
    async stop() {
      await line.close();
      await Promise.all([end(redis), end(rest)]);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function answers(url: string): Promise<void> {
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await fetch(url, { method: 'POST', headers, body: '["PING"]' }).catch(() => null);
    if (answer?.ok) return;
    await delay(50);
  }
  throw new Error('Redis did not start');
}

/** A TCP proxy that counts what is sent and can hold it back. */
async function startLine(toPort: number) {
  const sockets = new Set<Socket>();
  let delayMs = 0;
  let requests = 0;
  const server = createServer((near) => {
    const far = connect(toPort, '127.0.0.1');
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => (sockets.delete(socket), other.destroy()));
    }
    near.on('data', (chunk: Buffer) => {
      if (chunk.subarray(0, 5).toString('latin1') === 'POST ') requests++;
      if (delayMs === 0) far.write(chunk);
      else setTimeout(() => far.writable && far.write(chunk), delayMs);
    });
    far.pipe(near);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    requests: () => requests,
    slowDown: (ms: number) => void (delayMs = ms),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
