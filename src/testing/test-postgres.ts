import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { initialiseCluster, startPostgres } from '../standalone/postgres-cluster';
import { prepareDatabase } from '../standalone/prepare-database';

/** The database that each test file gets a copy of. */
const TEMPLATE_DATABASE = 'tollgate_template';

const MIGRATIONS = resolve(__dirname, '../../supabase/migrations');

/** What is lost when the machine dies does not matter to a test: nothing waits for the disk. */
const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '128MB',
  autovacuum_naptime: '10min',
  jit: 'off',
};

/** The package is an ES module only, which Jest's loader cannot take in: a plain Node reads it for us. */
async function readAuthSql(): Promise<string> {
  const program = `
    import { getAuthSchemaSql, SUPABASE_AUTH_HELPERS_SQL } from '@supabase/lite';
    process.stdout.write(getAuthSchemaSql() + SUPABASE_AUTH_HELPERS_SQL);`;
  const root = resolve(__dirname, '../..');
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: root });
  return stdout;
}

async function makeTemplate(urlOf: (database: string) => string): Promise<void> {
  const admin = new Client({ connectionString: urlOf('postgres') });
  await admin.connect();
  await admin.query(`create database ${TEMPLATE_DATABASE}`);
  await admin.end();

  const client = new Client({ connectionString: urlOf(TEMPLATE_DATABASE) });
  await client.connect();
  try {
    await prepareDatabase(client, await readAuthSql());
    const files = (await readdir(MIGRATIONS)).filter((name) => name.endsWith('.sql')).sort();
    for (const name of files) {
      await client.query(await readFile(join(MIGRATIONS, name), 'utf8')).catch((cause: Error) => {
        throw new Error(`Migration ${name} failed: ${cause.message}`, { cause });
      });
    }
  } finally {
    await client.end();
  }
}

export interface TestPostgres {
  /** Address of the database `postgres`, from which others are made. */
  url: string;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/**
 * A Postgres of our own in a temporary folder, with a template database that has every migration applied. A benchmark
 * passes settings under which commits reach the disk.
 */
export async function startTestPostgres({
  settings = FAST_SETTINGS,
}: { settings?: Record<string, string> } = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'tollgate-test-'));
  const cluster = { directory: join(folder, 'postgres'), password: 'test' };
  try {
    await initialiseCluster(cluster);
    const postgres = await startPostgres({ ...cluster, settings });
    const stop = async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    };
    await makeTemplate(postgres.url).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { url: postgres.url('postgres'), stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
