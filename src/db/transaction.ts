import { type Pool, type PoolClient } from 'pg';

/** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
export const inTransaction = <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  transact(pool, work, 'commit');

/** Runs `work` in a transaction that is rolled back in any case: what it resolves to is what would have been. */
export const inTrial = <T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> =>
  transact(pool, work, 'rollback');

async function transact<T>(
  pool: Pool,
  work: (client: PoolClient) => Promise<T>,
  end: 'commit' | 'rollback',
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => (broken = error);
  // A connection can end while nobody waits for an answer. Without a listener that would be the end of the process.
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query(end);
    return result;
  } catch (error) {
    // If even the rollback fails the connection is of no use to anyone.
    await client.query('rollback').catch(onError);
    throw error;
  } finally {
    client.removeListener('error', onError);
    client.release(broken);
  }
}
