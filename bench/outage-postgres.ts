import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type RunningPostgres, startPostgres } from '../src/standalone/postgres-cluster';
import { createTestDatabase, type TestDatabase } from '../src/testing/test-database';
import { startTestPostgres } from '../src/testing/test-postgres';

/** Commits reach the disk, so that what was committed is there after a kill. */
const DURABLE_SETTINGS = { shared_buffers: '128MB', jit: 'off' };

/** A Postgres that can be killed, and started again with the same data at the same address. */
export class MortalPostgres {
  private running: RunningPostgres | null = null;

  private constructor(
    readonly database: TestDatabase,
    private readonly directory: string,
  ) {}

  /** Runs `work` against a Postgres of its own. */
  static async with<T>(work: (postgres: MortalPostgres) => Promise<T>): Promise<T> {
    const first = await startTestPostgres({ settings: DURABLE_SETTINGS });
    process.env.TEST_POSTGRES_URL = first.url;
    try {
      const database = await createTestDatabase();
      const { rows } = await database.pool.query<{ directory: string }>(
        `select current_setting('data_directory') as directory`,
      );
      const postgres = new MortalPostgres(database, rows[0]!.directory);
      try {
        const result = await work(postgres);
        await database.drop();
        return result;
      } finally {
        await postgres.running?.stop();
      }
    } finally {
      await first.stop();
    }
  }

  /** kill -9 of the server process; its sessions end with it. */
  async kill(): Promise<void> {
    const [pid] = (await readFile(join(this.directory, 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
  }

  /** Starts it after a kill; resolves when it takes connections. */
  async restart(): Promise<void> {
    const { port, password } = new URL(this.database.url);
    const options = { directory: this.directory, password, settings: DURABLE_SETTINGS, port: Number(port) };
    this.running = await startPostgres(options);
  }
}
