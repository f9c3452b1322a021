import { type Pool } from 'pg';
import { z } from 'zod';

export interface TestClockStore {
  /** Milliseconds by which the application's time is ahead of the real one; negative behind. */
  readOffsetMs(): Promise<number>;
  writeOffsetMs(offsetMs: number, setBy: string): Promise<void>;
}

const row = z.object({ offset_ms: z.coerce.number().int() });

/** The one row that all processes on a database read their test clock from. */
export function createTestClockStore({ pool }: { pool: Pool }): TestClockStore {
  return {
    async readOffsetMs() {
      const { rows } = await pool.query('select offset_ms from test_clock');
      return row.parse(rows[0]).offset_ms;
    },
    async writeOffsetMs(offsetMs, setBy) {
      await pool.query('update test_clock set offset_ms = $1, set_by = $2, set_at = now()', [offsetMs, setBy]);
    },
  };
}
