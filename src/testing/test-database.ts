import { randomBytes } from 'node:crypto';
import { Client, Pool } from 'pg';
import { type Template } from './test-postgres';

export interface TestDatabase {
  url: string;
  pool: Pool;
  /** Closes the pool and removes the database, whoever is still connected. */
  drop(): Promise<void>;
}

/** Address of the Postgres that the run's global setup started. */
function testPostgresUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('TEST_POSTGRES_URL is not set: run this test in the Jest project "integration".');
  return url;
}

async function administer(sql: string): Promise<void> {
  const client = new Client({ connectionString: testPostgresUrl() });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** A fresh database for one test file: with every migration applied, unless the test wants a bare one. */
export async function createTestDatabase({
  connections = 10,
  template = 'tollgate_template',
}: { connections?: number; template?: Template } = {}): Promise<TestDatabase> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(`create database ${name} template ${template}`);
  const url = new URL(testPostgresUrl());
  url.pathname = `/${name}`;
  const pool = new Pool({ connectionString: url.href, max: connections, options: '-c timezone=UTC' });
  // Dropping the database ends connections that a test left idle; that is no failure.
  pool.on('error', () => undefined);
  return {
    url: url.href,
    pool,
    async drop() {
      await pool.end();
      await administer(`drop database if exists ${name} with (force)`);
    },
  };
}

/** An organization of its own, unlike any other in the database. */
export async function createOrganization(
  pool: Pool,
  { name = 'Test organization' }: { name?: string } = {},
): Promise<{ id: string; slug: string }> {
  const slug = `test-${randomBytes(6).toString('hex')}`;
  const { rows } = await pool.query<{ id: string; slug: string }>(
    'insert into organizations (name, slug) values ($1, $2) returning id, slug',
    [name, slug],
  );
  return rows[0]!;
}
