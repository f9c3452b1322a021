import { openDataDir } from '@/config/data-dir';
import { loadSecrets } from './secrets';
import { readServiceAddresses } from './service-addresses';

/**
 * The database that the command-line programs work on: DATABASE_URL, else the one of the server on this data directory.
 * @throws Error that says what to do when there is none.
 */
export async function findDatabaseUrl(source: Record<string, string | undefined>): Promise<string> {
  if (source.DATABASE_URL) return source.DATABASE_URL;
  const dataDir = await openDataDir(source.DATA_DIR || '.data');
  const addresses = await readServiceAddresses(dataDir);
  if (!addresses) {
    throw new Error(
      `There is no installation in ${dataDir.path}. Run "npm start" first, or name a database by DATABASE_URL.`,
    );
  }
  const { databasePassword } = await loadSecrets(dataDir);
  return `postgres://postgres:${encodeURIComponent(databasePassword)}@127.0.0.1:${addresses.postgresPort}/postgres`;
}

/** Runs a command-line program: what it throws is printed in one line, and the exit code says that it failed. */
export async function runProgram(program: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await program();
  } catch (error) {
    const refused = (error as NodeJS.ErrnoException).code === 'ECONNREFUSED';
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    console.error(
      refused
        ? 'The database does not answer. Is the server running ("npm start")?'
        : `${error instanceof Error ? error.message : String(error)}${cause}`,
    );
    process.exitCode = 2;
  }
}
