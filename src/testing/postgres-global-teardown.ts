import { type PostgresGlobal } from './postgres-global-setup';

export default async function postgresGlobalTeardown(): Promise<void> {
  await (globalThis as PostgresGlobal).tollgateTestPostgres?.stop();
}
