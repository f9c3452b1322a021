import { type Pool } from 'pg';
import { z } from 'zod';

/** How far a metric has come in a period. Quantities are in the metric's unit. */
export interface QuotaCounter {
  metric: string;
  /** By the metric's aggregation. */
  used: number;
  /** Lent to processes and reservations, not used yet. */
  leased: number;
  /** The highest value of the period; other than `used` only where the latest counts. */
  highest: number;
  events: number;
  periodStart: Date;
}

/** What an ended period came to. */
interface PeriodSnapshot {
  metric: string;
  periodStart: Date;
  /** Exclusive. */
  periodEnd: Date;
  planKey: string;
  used: number;
  highest: number;
  events: number;
  /** With override and grants; null is unlimited. */
  included: number | null;
  limitUnits: number | null;
  /** Units of grants that the period drew. */
  grantUnits: number;
  takenAt: Date;
}

export interface QuotaPeriodStore {
  /** The counters of the period that holds `at`, by metric; a metric of which nothing was used or lent is absent. */
  counters(organizationId: string, livemode: boolean, at: Date): Promise<QuotaCounter[]>;
  /** Ended periods, the newest first. */
  snapshots(organizationId: string, livemode: boolean, limit: number): Promise<PeriodSnapshot[]>;
  /**
   * Writes the snapshots of periods that ended more than an hour before `at`; resolves to how many. Each is written once:
   * running late or again changes nothing.
   */
  closePeriods(at: Date): Promise<number>;
  /** Forgets reservations that were closed more than 40 days ago; resolves to how many. */
  pruneLeases(): Promise<number>;
}

const counterRow = z
  .object({
    metric: z.string(),
    used: z.coerce.number(),
    leased: z.coerce.number(),
    highest: z.coerce.number(),
    events: z.coerce.number(),
    period_start: z.date(),
  })
  .transform(({ period_start, ...counter }): QuotaCounter => ({ ...counter, periodStart: period_start }));

const snapshotRow = z
  .object({
    metric: z.string(),
    period_start: z.date(),
    period_end: z.date(),
    plan_key: z.string(),
    used: z.coerce.number(),
    highest: z.coerce.number(),
    events: z.coerce.number(),
    included: z.coerce.number().nullable(),
    limit_units: z.coerce.number().nullable(),
    grant_units: z.coerce.number(),
    taken_at: z.date(),
  })
  .transform(
    ({ period_start, period_end, plan_key, limit_units, grant_units, taken_at, ...snapshot }): PeriodSnapshot => ({
      ...snapshot,
      periodStart: period_start,
      periodEnd: period_end,
      planKey: plan_key,
      limitUnits: limit_units,
      grantUnits: grant_units,
      takenAt: taken_at,
    }),
  );

/** Counters closed by one transaction: their locks keep lending and recording waiting. */
const CLOSED_AT_ONCE = 200;

export function createQuotaPeriodStore({ pool }: { pool: Pool }): QuotaPeriodStore {
  return {
    async counters(organizationId, livemode, at) {
      const { rows } = await pool.query(
        `select c.metric, c.used, c.leased, c.highest, c.events, c.period_start
         from subscriptions s
         cross join lateral billing_period(s.anchor, $3) p
         join quota_counters c on c.organization_id = s.organization_id and c.livemode = $2 and c.period_start = p.period_start
         where s.organization_id = $1 order by c.metric`,
        [organizationId, livemode, at],
      );
      return rows.map((row) => counterRow.parse(row));
    },

    async snapshots(organizationId, livemode, limit) {
      const { rows } = await pool.query(
        `select metric, period_start, period_end, plan_key, used, highest, events, included, limit_units, grant_units, taken_at
         from quota_period_snapshots where organization_id = $1 and livemode = $2
         order by period_start desc, metric limit $3`,
        [organizationId, livemode, limit],
      );
      return rows.map((row) => snapshotRow.parse(row));
    },

    async closePeriods(at) {
      let closed = 0;
      for (;;) {
        const { rows } = await pool.query<{ count: number }>('select close_quota_periods($1, $2) as count', [
          at,
          CLOSED_AT_ONCE,
        ]);
        closed += rows[0]!.count;
        if (rows[0]!.count < CLOSED_AT_ONCE) return closed;
      }
    },

    async pruneLeases() {
      const { rowCount } = await pool.query(
        `delete from quota_leases where state <> 'open' and closed_at < clock_timestamp() - interval '40 days'`,
      );
      await pool.query(`delete from quota_released_holders where released_at < now() - interval '40 days'`);
      return rowCount ?? 0;
    },
  };
}
