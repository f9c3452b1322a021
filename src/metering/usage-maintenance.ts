import { type Pool } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';

const mendedRow = z.object({
  organization_id: z.uuid(),
  sums: z.enum(['hour', 'day']),
  livemode: z.boolean(),
  metric: z.string(),
  bucket: z.date().transform((at) => at.toISOString()),
  route: z.string(),
  events_before: z.coerce.number().nullable(),
  events_after: z.coerce.number().nullable(),
});
/** A sum that differed from its raw events and was replaced. */
type MendedSum = z.output<typeof mendedRow>;

export interface UsageMaintenance {
  /** Counts a UTC day (`YYYY-MM-DD`) again from its raw events and replaces what differs, which should be nothing. */
  aggregateDay(day: string): Promise<MendedSum[]>;
  /** Makes the partitions of this month and the two that follow. */
  preparePartitions(): Promise<void>;
}

export function createUsageMaintenance({ pool }: { pool: Pool }): UsageMaintenance {
  return {
    aggregateDay: (day) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query('select * from aggregate_daily_usage($1::date)', [z.iso.date().parse(day)]);
        return rows.map((row) => mendedRow.parse(row));
      }),

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
