import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';

const leaseRow = z.object({ id: z.uuid(), units: z.coerce.number() });
const capRow = z.object({ spend_cap_minor: z.coerce.number() });
const counterRow = z.object({ metric: z.string(), used: z.string(), leased: z.string() });

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

/** How long a transaction that holds the lock below may do nothing, in ms, before the database ends it. */
const IDLE_MS = 5_000;

/**
 * The spend cap in minor units, null if there is none. Where there is one it is locked until the transaction ends, and who
 * holds the lock and is not heard of any more (frozen, its machine gone) loses it after {@link IDLE_MS}.
 */
export async function lockSpendCap(client: PoolClient, organizationId: string): Promise<number | null> {
  const { rows } = await client.query(
    `select spend_cap_minor, set_config('idle_in_transaction_session_timeout', $2, true) from subscriptions
     where organization_id = $1 and spend_cap_minor is not null for no key update`,
    [organizationId, String(IDLE_MS)],
  );
  return rows[0] === undefined ? null : capRow.parse(rows[0]).spend_cap_minor;
}

/** Units of a metric in a period, as exact decimals. */
export interface CommittedUnits {
  used: string;
  /** Lent, and neither used nor given back yet. */
  leased: string;
}

/** What is used and lent in a period, by metric. Live usage only: no other is billed. */
export async function committedUnits(
  client: PoolClient,
  organizationId: string,
  periodStart: Date,
): Promise<Map<string, CommittedUnits>> {
  const { rows } = await client.query(
    `select metric, used::text, leased::text from quota_counters
     where organization_id = $1 and livemode and period_start = $2`,
    [organizationId, periodStart],
  );
  return new Map(rows.map((row) => counterRow.parse(row)).map(({ metric, ...units }) => [metric, units]));
}
