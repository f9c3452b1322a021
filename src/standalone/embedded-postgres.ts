/**
 * The database of one machine: a real Postgres in DATA_DIR/postgres, on loopback only, with durable settings. It is
 * watched: should it die while we run, it is started again on the same port, and every pool reconnects.
 *
 *   none ──initialise──▶ stopped ──start──▶ running ──dies──▶ restarting ──▶ running
 *                           ▲                  └──────stop──────────┘
 */
import { createWriteStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncDirectory, type DataDir } from '@/config/data-dir';
import { stopOrphanPostgres } from './orphan-postgres';
import { type ClusterOptions, initialiseCluster, type RunningPostgres, startPostgres } from './postgres-cluster';

const SETTINGS = {
  shared_buffers: '256MB',
  effective_cache_size: '1GB',
  max_wal_size: '2GB',
  // Queries here are short; compiling them costs more than it saves.
  jit: 'off',
};
const START_ATTEMPTS = 5;

export interface EmbeddedPostgres {
  port: number;
  url: (database: string) => string;
  /** Resolves when everything is on the disk and the process has ended. */
  stop(): Promise<void>;
  /** For a process that is about to end: tells Postgres to end too, without waiting. Nothing committed is lost. */
  abandon(): void;
}

interface EmbeddedPostgresOptions {
  dataDir: DataDir;
  password: string;
  /** Port to use if it is free, so that addresses stay the same from start to start. */
  port: number;
  /** Told of every unexpected end and of every new start. */
  report: (message: string) => void;
}

const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

async function ensureCluster(dataDir: DataDir, cluster: ClusterOptions): Promise<void> {
  if (await exists(join(cluster.directory, 'PG_VERSION'))) return stopOrphanPostgres(cluster.directory);
  const strange = await readdir(cluster.directory).catch(() => []);
  if (strange.length > 0) {
    throw new Error(`${cluster.directory} is not a Postgres data directory. Move it away, then start again.`);
  }
  await initialiseCluster(cluster);
  await syncDirectory(dataDir.path);
}

/** After a `kill -9` of Postgres its last processes may hold its memory for some seconds more. */
async function startPatiently(options: ClusterOptions & { port: number }): Promise<RunningPostgres> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startPostgres(options);
    } catch (error) {
      if (attempt === START_ATTEMPTS) throw error;
      await sleep(200 * attempt);
      await stopOrphanPostgres(options.directory);
    }
  }
}

/** @throws Error that says what to do when it cannot be started. */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { dataDir, password, port, report } = options;
  const log = createWriteStream(dataDir.resolve('postgres.log'), { flags: 'a', mode: 0o600 });
  // A full disk must not end the server through its log.
  log.on('error', () => undefined);
  const cluster = {
    directory: dataDir.resolve('postgres'),
    password,
    port,
    settings: SETTINGS,
    detached: true,
    onLog: (text: string) => void log.write(text),
  };
  await ensureCluster(dataDir, cluster);
  let running = await startPatiently(cluster);
  let stopping = false;

  const keepRunning = async () => {
    while (!stopping) {
      await running.exited;
      if (stopping) return;
      report('Postgres ended unexpectedly; starting it again');
      const restarted = await startPatiently(cluster).catch((error: Error) => error);
      if (restarted instanceof Error) {
        report(`Postgres does not start: ${restarted.message}`);
        await sleep(1_000);
      } else {
        running = restarted;
        report('Postgres is running again');
      }
    }
  };
  const watching = keepRunning();

  return {
    port,
    url: running.url,
    stop: async () => {
      stopping = true;
      await running.stop();
      await watching;
      // A restart that was under way when we were asked to stop.
      await running.stop();
      log.end();
    },
    abandon: () => {
      stopping = true;
      running.kill();
    },
  };
}
