import { type Pool } from 'pg';
import { z } from 'zod';
import { exactQuantity, type ExactQuantity } from '@/kernel/quantity';

/** How far a metric has come in a period. Quantities are in the metric's unit. */
export interface QuotaCounter {
  metric: string;
  /** By the metric's aggregation. */
  used: ExactQuantity;
  /** Lent to processes and reservations, not used yet. */
  leased: ExactQuantity;
  /** The highest value of the period; other than `used` only where the latest counts. */
  highest: ExactQuantity;
  events: number;
  periodStart: Date;
}

/** What a closed period came to. Quantities are exact decimals in the metric's unit. */
interface PeriodSnapshot {
  metric: string;
  periodStart: Date;
  /** Exclusive. */
  periodEnd: Date;
  /** The plan at the period's end. */
  planKey: string;
  used: string;
  highest: string;
  events: number;
  /** At the period's end, with override and grants; null is unlimited. */
  included: string | null;
  limitUnits: string | null;
  /** Units of grants that the period drew. */
  grantUnits: string;
  takenAt: Date;
  /** The cutoff, in microseconds as Postgres writes them: what was stored by then is in the snapshot, and nothing else. */
  storedThrough: string;
  /** Oldest first; a phase in which nothing of the metric was used may be absent. */
  phases: PhaseSnapshot[];
}

/** What was used in a closed period while one plan version held. */
interface PhaseSnapshot {
  startsAt: Date;
  /** Exclusive. */
  endsAt: Date;
  planVersionId: string;
  /** By the metric's aggregation; of a gauge the level at the phase's end, or the highest in it. */
  quantity: string;
  highest: string;
  events: number;
}

export interface QuotaPeriodStore {
  /**
   * The counters of the period that holds `at`, by metric; a metric of which nothing was used or lent is absent. A gauge
   * stands where the latest report up to `at` left it, however long ago.
   */
  counters(organizationId: string, livemode: boolean, at: Date): Promise<QuotaCounter[]>;
  /** Ended periods, the newest first. */
  snapshots(organizationId: string, livemode: boolean, limit: number): Promise<PeriodSnapshot[]>;
  /**
   * Freezes the periods that ended more than an hour before `at` and in which something was used; resolves to how many. Each
   * is frozen once: running late or again changes nothing. What cannot be closed does not keep others open.
   * @throws AggregateError at the end, if some could not be closed.
   */
  closePeriods(at: Date): Promise<number>;
  /** Forgets reservations that were closed more than 40 days ago; resolves to how many. */
  pruneLeases(): Promise<number>;
}

/** A numeric, with all its digits. */
const quantity = z.string().transform(exactQuantity);

const counterRow = z
  .object({
    metric: z.string(),
    used: quantity,
    leased: quantity,
    highest: quantity,
    events: z.coerce.number(),
    period_start: z.date(),
  })
  .transform(({ period_start, ...counter }): QuotaCounter => ({ ...counter, periodStart: period_start }));

const phaseRow = z
  .object({
    starts_at: z.coerce.date(),
    ends_at: z.coerce.date(),
    plan_version_id: z.string(),
    quantity: z.string(),
    highest: z.string(),
    events: z.number(),
  })
  .transform(({ starts_at, ends_at, plan_version_id, ...phase }): PhaseSnapshot => ({
    ...phase,
    startsAt: starts_at,
    endsAt: ends_at,
    planVersionId: plan_version_id,
  }));

const snapshotRow = z
  .object({
    metric: z.string(),
    period_start: z.date(),
    period_end: z.date(),
    plan_key: z.string(),
    used: z.string(),
    highest: z.string(),
    events: z.coerce.number(),
    included: z.string().nullable(),
    limit_units: z.string().nullable(),
    grant_units: z.string(),
    taken_at: z.date(),
    stored_through: z.string(),
    phases: z.array(phaseRow),
  })
  .transform(
    ({
      period_start,
      period_end,
      plan_key,
      limit_units,
      grant_units,
      taken_at,
      stored_through,
      ...snapshot
    }): PeriodSnapshot => ({
      ...snapshot,
      periodStart: period_start,
      periodEnd: period_end,
      planKey: plan_key,
      limitUnits: limit_units,
      grantUnits: grant_units,
      takenAt: taken_at,
      storedThrough: stored_through,
    }),
  );

const duePeriod = z.object({ organization_id: z.uuid(), period_start: z.string() });
type DuePeriod = z.output<typeof duePeriod>;
/** Periods looked up at once; each is closed by a transaction of its own, which holds one organization's locks only. */
const DUE_AT_ONCE = 500;

/** A period is over an hour after its end: so long events are still on their way. It has 28 days at least. */
const DUE = `
  select distinct c.organization_id, c.period_start::text as period_start
  from quota_counters c join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, c.period_start) p
  where c.closed_at is null and c.period_start < $1::timestamptz - interval '27 days' and p.period_end <= $1::timestamptz - interval '1 hour'
    and ($2::timestamptz is null or (c.period_start, c.organization_id) > ($2::timestamptz, $3::uuid))
  order by 2, 1 limit ${DUE_AT_ONCE}`;

/** A gauge has a level without a counter as well: one that lives on from an earlier period. */
const COUNTERS = `
  select m.key as metric, case when m.aggregation in ('last', 'max') then coalesce(g.used, 0) else c.used end as used, coalesce(c.leased, 0) as leased, case when m.aggregation in ('last', 'max') then coalesce(g.highest, 0) else c.highest end as highest,
    coalesce(c.events, 0) as events, p.period_start
  from subscriptions s
  cross join lateral billing_period(s.anchor, $3) p
  cross join metrics m
  left join quota_counters c
    on c.organization_id = s.organization_id and c.livemode = $2 and c.metric = m.key and c.period_start = p.period_start
  left join lateral (
    select case m.aggregation when 'last' then v.level else v.highest end as used, v.highest
    from gauge_between(s.organization_id, $2, m.key, p.period_start, $3::timestamptz + interval '1 microsecond') v
  ) g on m.aggregation in ('last', 'max')
  where s.organization_id = $1 and (c.metric is not null or g.used is not null) order by m.key`;

const SNAPSHOTS = `
  select s.metric, s.period_start, s.period_end, s.plan_key, s.used::text, s.highest::text, s.events, s.included::text, s.limit_units::text,
    s.grant_units::text, s.taken_at, c.stored_through::text, (
      select coalesce(jsonb_agg(jsonb_build_object(
        'starts_at', f.starts_at, 'ends_at', f.ends_at, 'plan_version_id', f.plan_version_id,
        'quantity', f.quantity::text, 'highest', f.highest::text, 'events', f.events
      ) order by f.starts_at), '[]')
      from quota_phase_snapshots f
      where f.organization_id = s.organization_id and f.livemode = s.livemode and f.metric = s.metric and f.period_start = s.period_start
    ) as phases
  from quota_period_snapshots s join closed_periods c using (organization_id, period_start)
  where s.organization_id = $1 and s.livemode = $2
  order by s.period_start desc, s.metric limit $3`;

export function createQuotaPeriodStore({ pool }: { pool: Pool }): QuotaPeriodStore {
  async function duePeriods(at: Date, after: DuePeriod | null): Promise<DuePeriod[]> {
    const { rows } = await pool.query(DUE, [at, after?.period_start ?? null, after?.organization_id ?? null]);
    return rows.map((row) => duePeriod.parse(row));
  }

  async function closeDue(at: Date): Promise<{ closed: number; failures: unknown[] }> {
    const pass = { closed: 0, failures: [] as unknown[] };
    for (let last: DuePeriod | null = null; ;) {
      const due = await duePeriods(at, last);
      for (const { organization_id, period_start } of due) {
        try {
          const sql = 'select close_period($1, $2, $3) as closed';
          const { rows } = await pool.query<{ closed: boolean }>(sql, [organization_id, period_start, at]);
          if (rows[0]!.closed) pass.closed += 1;
        } catch (error) {
          pass.failures.push(error);
        }
      }
      last = due.at(-1) ?? null;
      if (due.length < DUE_AT_ONCE) return pass;
    }
  }

  return {
    async counters(organizationId, livemode, at) {
      const { rows } = await pool.query(COUNTERS, [organizationId, livemode, at]);
      return rows.map((row) => counterRow.parse(row));
    },

    async snapshots(organizationId, livemode, limit) {
      const { rows } = await pool.query(SNAPSHOTS, [organizationId, livemode, limit]);
      return rows.map((row) => snapshotRow.parse(row));
    },

    async closePeriods(at) {
      let closed = 0;
      // Closing a period may open a counter of the next, which may be over as well.
      for (;;) {
        const pass = await closeDue(at);
        closed += pass.closed;
        if (pass.closed > 0) continue;
        if (pass.failures.length === 0) return closed;
        throw new AggregateError(pass.failures, `${pass.failures.length} periods could not be closed`);
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
