import { type Pool } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';

const mendedRow = z.object({
  organization_id: z.uuid(),
  sums: z.enum(['hour', 'day', 'distinct', 'counter']),
  livemode: z.boolean(),
  metric: z.string(),
  bucket: z.date().transform((at) => at.toISOString()),
  route: z.string().nullable(),
  events_before: z.coerce.number().nullable(),
  events_after: z.coerce.number().nullable(),
});
/** Sums, distinct values or a quota counter that differed from the raw events and were set right. */
type MendedSum = z.output<typeof mendedRow>;

/** Organizations that are counted again at once: their events of a day are held in memory together. */
const ORGANIZATIONS_AT_ONCE = 50;

export interface UsageMaintenance {
  /**
   * Counts a UTC day (`YYYY-MM-DD`) again from its raw events and replaces what differs, which should be nothing. Looking takes
   * no lock; only an organization in which something differs waits, while it is counted once more under its ledger.
   */
  aggregateDay(day: string): Promise<MendedSum[]>;
  /** Adds the sums of hours before that of `now` to the sums per day; says for how many organizations. */
  foldHours(now: Date): Promise<number>;
  /** Makes the partitions of this month and the two that follow. */
  preparePartitions(): Promise<void>;
}

export function createUsageMaintenance({ pool }: { pool: Pool }): UsageMaintenance {
  async function organizations(condition: string, parameters: unknown[]): Promise<string[]> {
    const { rows } = await pool.query<{ id: string }>(
      `select organization_id as id from usage_ledgers where ${condition} order by 1`,
      parameters,
    );
    return rows.map(({ id }) => id);
  }

  const aggregate = (day: string, of: string[], mend: boolean): Promise<MendedSum[]> =>
    inTransaction(pool, async (client) => {
      if (!mend) await client.query('set transaction isolation level repeatable read');
      const { rows } = await client.query('select * from aggregate_daily_usage($1::date, $2, $3)', [day, of, mend]);
      return rows.map((row) => mendedRow.parse(row));
    });

  return {
    async aggregateDay(given) {
      const day = z.iso.date().parse(given);
      const all = await organizations(
        `events > 0 and greatest(raw_from, hours_from) <= $1::date::timestamp at time zone 'UTC'`,
        [day],
      );
      const mended: MendedSum[] = [];
      for (let first = 0; first < all.length; first += ORGANIZATIONS_AT_ONCE) {
        const differing = await aggregate(day, all.slice(first, first + ORGANIZATIONS_AT_ONCE), false);
        for (const id of new Set(differing.map(({ organization_id }) => organization_id)))
          mended.push(...(await aggregate(day, [id], true)));
      }
      return mended;
    },

    async foldHours(now) {
      const due = await organizations(`unfolded_from < date_trunc('hour', $1::timestamptz, 'UTC')`, [now]);
      for (const id of due) {
        // A week at a time, each a transaction: nobody waits long for the ledger, however much was imported.
        for (let done = false; !done;) {
          const { rows } = await pool.query<{ done: boolean }>('select fold_usage($1, $2) as done', [id, now]);
          done = rows[0]!.done;
        }
      }
      return due.length;
    },

    async preparePartitions() {
      for (const ahead of [0, 1, 2]) {
        await pool.query(
          `select ensure_usage_partition((date_trunc('month', now()) + make_interval(months => $1))::date)`,
          [ahead],
        );
      }
    },
  };
}
