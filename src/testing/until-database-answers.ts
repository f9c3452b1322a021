import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool } from 'pg';
import { sqlStateOf } from '@/db';

/** Recovery after a kill takes seconds; on a busy machine some more. */
const PATIENCE_MS = 60_000;
const POLL_MS = 50;
const WRONG_PASSWORD = '28P01';

/**
 * Waits until Postgres takes connections: after a kill it refuses them first (ECONNREFUSED), and then answers that it is starting up
 * (57P03) while it recovers. @throws Error with the last refusal after a minute; at once if the password is wrong.
 */
export async function untilDatabaseAnswers(pool: Pool): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await pool.query('select');
      return;
    } catch (error) {
      if (sqlStateOf(error) === WRONG_PASSWORD) throw error;
      if (performance.now() > deadline)
        throw new Error('the database takes no connections for a minute', { cause: error });
    }
    await sleep(POLL_MS);
  }
}
