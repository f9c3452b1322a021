import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';

const leaseRow = z.object({ id: z.uuid(), units: z.coerce.number() });
const capRow = z.object({ spend_cap_minor: z.coerce.number().nullable() });
const counterRow = z.object({ metric: z.string(), units: z.string() });

/** Open leases of a process on one counter that were lent in the last ten minutes. */
export async function recentLeases(
  pool: Pool,
  of: { organizationId: string; livemode: boolean; metric: string; periodStart: Date; holderId: string },
): Promise<{ id: string; units: number }[]> {
  const { rows } = await pool.query(
    `select id, units from quota_leases
     where organization_id = $1 and livemode = $2 and metric = $3 and period_start = $4 and holder_id = $5
       and state = 'open' and lent_at > clock_timestamp() - interval '10 minutes'`,
    [of.organizationId, of.livemode, of.metric, of.periodStart, of.holderId],
  );
  return rows.map((row) => leaseRow.parse(row));
}

/** The spend cap in minor units, null if there is none; locked until the transaction ends. */
export async function lockSpendCap(client: PoolClient, organizationId: string): Promise<number | null> {
  const { rows } = await client.query(
    'select spend_cap_minor from subscriptions where organization_id = $1 for no key update',
    [organizationId],
  );
  return rows[0] === undefined ? null : capRow.parse(rows[0]).spend_cap_minor;
}

/** Units used and lent in a period, by metric, as exact decimals. Live usage only: no other is billed. */
export async function committedUnits(
  client: PoolClient,
  organizationId: string,
  periodStart: Date,
): Promise<Map<string, string>> {
  const { rows } = await client.query(
    `select metric, (used + leased)::text as units from quota_counters
     where organization_id = $1 and livemode and period_start = $2`,
    [organizationId, periodStart],
  );
  return new Map(rows.map((row) => counterRow.parse(row)).map(({ metric, units }) => [metric, units]));
}
