import { Client, type Pool } from 'pg';
import { AppError } from '@/kernel/errors';

const BATCH_ROWS = 1_000;
/** At once for one organization, in all processes together. */
const MAX_OF_ORGANIZATION = 3;
/** At once of these streams in this process. Each has a connection of its own, so that none keeps anybody else from the database. */
const MAX_OF_PROCESS = 12;
/** A reader that stops reading for this long loses its export, or it would hold a snapshot of the database for ever. */
const STALLED_READER = '60s';

/** Rows that are read as fast as somebody takes them, however many there are: files that are downloaded. */
export interface RowStreams {
  /**
   * The rows of a statement, some at a time. Nothing is asked of the database before the first is wanted.
   * @throws AppError too_many_requests where as many run as may, unavailable without the database.
   */
  read<R extends object>(
    organizationId: string,
    sql: string,
    parameters: readonly unknown[],
  ): AsyncGenerator<R[], void, undefined>;
}

const tooMany = (detail: string) =>
  new AppError('too_many_requests', `${detail} Try again when one has ended.`, {
    retryable: true,
    retryAfterSeconds: 10,
  });

export function createRowStreams({ pool }: { pool: Pool }): RowStreams {
  let running = 0;

  /** A connection for one export. `release` may be called more than once. */
  async function connect(): Promise<{ client: Client; release: () => void }> {
    if (running >= MAX_OF_PROCESS) throw tooMany('The server runs as many exports as it can.');
    running += 1;
    // As the pool would make it, but beside it.
    const client = new Client(pool.options);
    let released = false;
    const release = () => {
      if (released) return;
      released = true;
      running -= 1;
      // Whatever state its transaction is in ends with it, and so does its place among those of the organization.
      void client.end().catch(() => undefined);
    };
    // Postgres closes the connection of a stalled reader while nobody waits for a query.
    client.on('error', release);
    try {
      await client.connect();
    } catch (cause) {
      release();
      throw new AppError('unavailable', 'The database cannot be reached.', {
        cause,
        retryable: true,
        retryAfterSeconds: 5,
      });
    }
    return { client, release };
  }

  return {
    async *read<R extends object>(organizationId: string, sql: string, parameters: readonly unknown[]) {
      const { client, release } = await connect();
      try {
        await client.query('begin read only');
        await client.query(`set local idle_in_transaction_session_timeout = '${STALLED_READER}'`);
        if (!(await takePlace(client, organizationId))) {
          throw tooMany(`${MAX_OF_ORGANIZATION} exports of this organization are running already.`);
        }
        await client.query(`declare exported no scroll cursor for ${sql}`, [...parameters]);
        for (;;) {
          const { rows } = await client.query<R>(`fetch ${BATCH_ROWS} from exported`);
          if (rows.length > 0) yield rows;
          if (rows.length < BATCH_ROWS) break;
        }
        // Gives the place back before the reader is told that this was all, so that the next export finds it.
        await client.query('commit');
      } finally {
        release();
      }
    },
  };
}

/** One of the organization's places, until the transaction ends, however it does; false if all are taken. */
async function takePlace(client: Client, organizationId: string): Promise<boolean> {
  for (let place = 1; place <= MAX_OF_ORGANIZATION; place++) {
    const { rows } = await client.query<{ taken: boolean }>(
      'select pg_try_advisory_xact_lock(hashtextextended($1, $2)) as taken',
      [`export of ${organizationId}`, place],
    );
    if (rows[0]!.taken) return true;
  }
  return false;
}
