import { type Pool } from 'pg';
import { HOURLY_SUMS_DAYS } from './contracts';

const DAY_MS = 86_400_000;
/** Days for which the progress of an import is remembered after its last line. */
const IMPORT_DAYS = 400;
/** Rows removed by one transaction: that long recording waits for the ledger at most, a few ms. */
const BATCH = 5_000;
/** Rows removed by one run at most; the next one comes within the hour. */
const MOST = 500_000;

interface Removed {
  /** Raw events. */
  events: number;
  /** Sums per hour, and distinct values. */
  sums: number;
  imports: number;
  /** Months of raw events of which nothing is left. */
  partitions: number;
  /** False where a later run has to go on. */
  complete: boolean;
}

export interface UsageRetention {
  /**
   * Removes raw events older than each organization's plan keeps them, and sums per hour of 400 days ago; sums per day stay. It
   * never touches events of a period that is not closed and billed, or on which an invoice rests that can be disputed, or that
   * were stored less than 35 days ago. Running it twice at once, or again, changes nothing.
   */
  removeOld(at: Date): Promise<Removed>;
}

export function createUsageRetention({
  pool,
  disputeDays,
  batch = BATCH,
  most = MOST,
}: {
  pool: Pool;
  /** Days after an invoice was issued for which the events that it rests on are kept. */
  disputeDays: number;
  batch?: number;
  most?: number;
}): UsageRetention {
  const countOf = async (sql: string, parameters: unknown[]): Promise<number> =>
    (await pool.query<{ count: number }>(sql, parameters)).rows[0]!.count;

  /** Runs one transaction after the other until nothing is left or `room` rows are gone; resolves to how many. */
  async function inBatches(room: number, removeSome: (limit: number) => Promise<number>): Promise<number> {
    let removed = 0;
    while (removed < room) {
      const limit = Math.min(batch, room - removed);
      const some = await removeSome(limit);
      removed += some;
      if (some < limit) break;
    }
    return removed;
  }

  return {
    async removeOld(at) {
      const lastHours = new Date(at.getTime() - HOURLY_SUMS_DAYS * DAY_MS).toISOString().slice(0, 10);
      // Those that waited longest come first.
      const { rows } = await pool.query<{ id: string }>(
        'select organization_id as id from usage_ledgers where events > 0 order by raw_from, organization_id',
      );
      let events = 0;
      let sums = 0;
      for (const { id } of rows) {
        events += await inBatches(most - events, (limit) =>
          countOf('select remove_old_usage_events($1, $2, $3, $4) as count', [id, at, disputeDays, limit]),
        );
        sums += await inBatches(most - sums, (limit) =>
          countOf('select remove_old_usage_sums($1, $2::date, $3) as count', [id, lastHours, limit]),
        );
      }
      const imports = await pool.query(
        `delete from usage_imports where updated_at < $1::timestamptz - make_interval(days => $2)`,
        [at, IMPORT_DAYS],
      );
      const partitions = await countOf('select drop_empty_usage_partitions($1) as count', [at]);
      return { events, sums, imports: imports.rowCount ?? 0, partitions, complete: events < most && sums < most };
    },
  };
}
