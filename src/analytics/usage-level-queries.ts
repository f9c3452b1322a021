/** Where gauges stood. A level lives on until it is reported again, so it is read from the levels and not from sums of what was reported. */
import { type Pool } from 'pg';
import { z } from 'zod';
import { exactQuantity, type ExactQuantity } from '@/kernel/quantity';
import { type Aggregation } from '@/metering/contracts';
import { type Range } from './range';

export const isGauge = (aggregation: Aggregation): boolean => aggregation === 'last' || aggregation === 'max';

const stood = z.object({ quantity: z.string().nullable() });

/**
 * What a gauge came to in each of the ranges, in their order: of `last` the level at its end, of `max` the highest, to which the level
 * counts that it began with. 0 where nothing was reported by then, and in ranges that begin after `now`.
 */
export async function readLevels(
  pool: Pool,
  { organizationId, livemode }: { organizationId: string; livemode: boolean },
  { key, aggregation }: { key: string; aggregation: Aggregation },
  ranges: readonly Range[],
  now: Date,
): Promise<ExactQuantity[]> {
  const { rows } = await pool.query(
    `select (case when $4 = 'last' then g.level else g.highest end)::text as quantity
     from unnest($5::timestamptz[], $6::timestamptz[]) with ordinality a (first, past, place)
     left join lateral gauge_between($1, $2, $3, a.first, least(a.past, $7::timestamptz + interval '1 microsecond')) g on a.first <= $7
     order by a.place`,
    [organizationId, livemode, key, aggregation, ranges.map(({ from }) => from), ranges.map(({ to }) => to), now],
  );
  return z
    .array(stood)
    .parse(rows)
    .map(({ quantity }) => (quantity === null ? 0 : exactQuantity(quantity)));
}
