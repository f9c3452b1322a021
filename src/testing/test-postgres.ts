import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { initialiseCluster, startPostgres } from '../standalone/postgres-cluster';
import { prepareDatabase } from '../standalone/prepare-database';
import { readMigrations } from './schema-files';

/** The databases that tests get copies of: what a Supabase project starts with, and that with every migration applied. */
export type Template = 'tollgate_bare' | 'tollgate_template';

const ROOT = resolve(__dirname, '../..');

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
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], { cwd: ROOT });
  return stdout;
}

async function onDatabase(url: string, work: (client: Client) => Promise<unknown>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

async function makeTemplates(urlOf: (database: string) => string): Promise<void> {
  const bare: Template = 'tollgate_bare';
  const migrated: Template = 'tollgate_template';
  await onDatabase(urlOf('postgres'), (admin) => admin.query(`create database ${bare}`));
  const authSql = await readAuthSql();
  await onDatabase(urlOf(bare), (client) => prepareDatabase(client, authSql));
  await onDatabase(urlOf('postgres'), (admin) => admin.query(`create database ${migrated} template ${bare}`));
  await onDatabase(urlOf(migrated), async (client) => {
    for (const { name, sql } of await readMigrations(ROOT)) {
      await client.query(sql).catch((cause: Error) => {
        throw new Error(`Migration ${name} failed: ${cause.message}`, { cause });
      });
    }
  });
}

export interface TestPostgres {
  /** Address of the database `postgres`, from which others are made. */
  url: string;
  /** Stops it and removes its files. */
  stop(): Promise<void>;
}

/**
 * A Postgres of our own in a temporary folder, with the databases of which tests get copies. A benchmark
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
    await makeTemplates(postgres.url).catch(async (error: unknown) => {
      await stop();
      throw error;
    });
    return { url: postgres.url('postgres'), stop };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}
