import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chown, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Client, DatabaseError } from 'pg';
import { endWithUs } from './end-with-us';
import { findFreePort } from './free-port';
import { choosePostgresAccount, findPostgresPrograms, type PostgresAccount } from './postgres-programs';

const HOST = '127.0.0.1';
const SUPERUSER = 'postgres';
/** SQLSTATE invalid_password. */
const WRONG_PASSWORD = '28P01';
/** Longest time a start may take, recovery after a crash included, in ms. */
const START_LIMIT_MS = 120_000;
/** Time after which a fast shutdown becomes an immediate one, in ms: no data is lost, the next start recovers it. */
const STOP_LIMIT_MS = 10_000;

export interface ClusterOptions {
  /** Absolute path of the data directory. */
  directory: string;
  password: string;
  /** Server settings, e.g. `{ shared_buffers: '256MB' }`. */
  settings?: Record<string, string>;
  /** Outlives a signal sent to our process group, so that we decide when it stops. */
  detached?: boolean;
  /** Called with what Postgres writes to its log. */
  onLog?: (text: string) => void;
}

export interface RunningPostgres {
  port: number;
  pid: number;
  /** Address of one of its databases, the password included. */
  url: (database: string) => string;
  /** Resolves when the process has ended, for whatever reason. */
  exited: Promise<void>;
  /** Rolls back what is open, writes everything to disk, ends. */
  stop(): Promise<void>;
  /** Ends it at once; the next start recovers from the log. */
  kill(): void;
}

const accountFor = (directory: string): PostgresAccount =>
  choosePostgresAccount([dirname(directory), findPostgresPrograms().postgres]);

/**
 * Makes a data directory. It is made beside its place and renamed into it when complete, so one that was begun and
 * never finished is not taken for a whole one.
 */
export async function initialiseCluster({ directory, password }: ClusterOptions): Promise<void> {
  const staging = `${directory}.new`;
  await rm(staging, { recursive: true, force: true });
  await mkdir(staging, { recursive: true, mode: 0o700 });
  const { owner, command } = accountFor(directory);
  const passwordFile = join(staging, 'password');
  await writeFile(passwordFile, password, { mode: 0o600 });
  for (const path of owner ? [staging, passwordFile] : []) await chown(path, owner!.uid, owner!.gid);
  const cluster = join(staging, 'cluster');
  const run = command(findPostgresPrograms().initdb, [
    `--pgdata=${cluster}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
  ]);
  await promisify(execFile)(run.command, run.args, { cwd: '/', uid: run.uid, gid: run.gid });
  await rename(cluster, directory);
  await rm(staging, { recursive: true, force: true });
}

function spawnPostgres({ directory, settings = {}, detached = false }: ClusterOptions, port: number): ChildProcess {
  const flags = Object.entries({
    listen_addresses: HOST,
    port: String(port),
    // No socket file: its path would have to be short, and writable for the account.
    unix_socket_directories: '',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const run = accountFor(directory).command(findPostgresPrograms().postgres, ['-D', directory, ...flags]);
  return spawn(run.command, run.args, {
    cwd: '/',
    uid: run.uid,
    gid: run.gid,
    detached,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

/** Whether it takes connections by now. @throws Error when it does and refuses our password. */
async function answers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  // A connection that breaks after its failure was already reported would otherwise end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch (error) {
    if (!(error instanceof DatabaseError && error.code === WRONG_PASSWORD)) return false;
    throw new Error('Postgres refuses the password in secrets.json: it belongs to another data directory.', {
      cause: error,
    });
  }
}

/**
 * Starts Postgres on 127.0.0.1 and waits until it answers.
 * @throws Error with the end of its log when it ends instead.
 */
export async function startPostgres(options: ClusterOptions & { port?: number }): Promise<RunningPostgres> {
  const port = options.port ?? (await findFreePort({ host: HOST }));
  const child = spawnPostgres(options, port);
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    log = (log + text).slice(-4_000);
    options.onLog?.(text);
  });
  const callOff = child.pid === undefined ? () => undefined : endWithUs(child.pid);
  let ended = false;
  const exited = new Promise<void>((resolve) => {
    const end = () => {
      ended = true;
      callOff();
      resolve();
    };
    child.once('exit', end);
    child.once('error', (error) => {
      log += error.message;
      end();
    });
  });
  const url = (database: string) =>
    `postgres://${SUPERUSER}:${encodeURIComponent(options.password)}@${HOST}:${port}/${database}`;
  const stop = async () => {
    if (ended) return;
    child.kill('SIGINT');
    await Promise.race([exited, sleep(STOP_LIMIT_MS, undefined, { ref: false })]);
    if (!ended) child.kill('SIGQUIT');
    await exited;
  };

  const deadline = Date.now() + START_LIMIT_MS;
  try {
    while (!(await answers(url('postgres')))) {
      if (ended) throw new Error(`Postgres did not start:\n${log.trim()}`);
      if (Date.now() > deadline) throw new Error(`Postgres did not answer in time:\n${log.trim()}`);
      await sleep(20);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  // Something else may have answered on the port.
  if (ended) throw new Error(`Postgres did not start:\n${log.trim()}`);
  return { port, pid: child.pid!, url, exited, stop, kill: () => void (ended || child.kill('SIGQUIT')) };
}
