import { type Pool } from 'pg';
import { createPool } from '@/db';
import { findDatabaseUrl, runProgram } from './database-address';

interface Connections {
  applicationName: string;
  /** Held open at most. */
  max: number;
}

/**
 * Runs a command-line program on the database: prepares it, opens the pool, works, and closes the pool whatever came of it. What
 * `prepare` refuses (its arguments) is told before anything is connected.
 */
export function runOnDatabase<T>(
  { applicationName, max }: Connections,
  prepare: () => T | Promise<T>,
  work: (pool: Pool, prepared: T) => Promise<number>,
): Promise<void> {
  return runProgram(async () => {
    const prepared = await prepare();
    const connectionString = await findDatabaseUrl(process.env);
    const pool = createPool({ connectionString, max, applicationName, onError: () => undefined });
    try {
      return await work(pool, prepared);
    } finally {
      await pool.end();
    }
  });
}
