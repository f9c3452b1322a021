import { startTestPostgres, type TestPostgres } from './test-postgres';

/** Where the teardown, evaluated apart from this file, finds what is running. */
export interface PostgresGlobal {
  tollgateTestPostgres?: TestPostgres;
}

/** Starts one Postgres for the whole run; its address stands in TEST_POSTGRES_URL, which the workers inherit. */
export default async function postgresGlobalSetup(): Promise<void> {
  const postgres = await startTestPostgres();
  (globalThis as PostgresGlobal).tollgateTestPostgres = postgres;
  process.env.TEST_POSTGRES_URL = postgres.url;
}
