import { startTestPostgres } from '../src/testing/test-postgres';
import { createTestDatabase, type TestDatabase } from '../src/testing/test-database';

/** Commits reach the disk, as in production. */
const DURABLE_SETTINGS = { shared_buffers: '512MB', max_wal_size: '4GB', jit: 'off', autovacuum: 'on' };

/** Runs `work` against a Postgres of its own whose commits are durable. */
export async function withBenchDatabase<T>(work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const postgres = await startTestPostgres({ settings: DURABLE_SETTINGS });
  process.env.TEST_POSTGRES_URL = postgres.url;
  try {
    const database = await createTestDatabase();
    try {
      return await work(database);
    } finally {
      await database.drop();
    }
  } finally {
    await postgres.stop();
  }
}
