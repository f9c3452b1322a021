/** What was used in a period, phase by phase: frozen where it is closed, and as it stands where it is not. Only live usage. */
import { type PoolClient } from 'pg';
import { z } from 'zod';

/** Who charges the plan's fee for a phase. */
export type FeeBy = 'invoice' | 'stripe' | 'none';

/** A part of a period in which one plan version held, half-open. */
interface PeriodPhase {
  startsAt: Date;
  endsAt: Date;
  planVersionId: string;
  fee: FeeBy;
}

/** What was used of a metric in a phase. */
export interface PhaseUsage {
  metric: string;
  /** Of the phase. */
  startsAt: Date;
  /** An exact decimal, by the metric's aggregation; of a gauge its level at the phase's end, or the highest in it. */
  quantity: string;
  /** With override and grants, at the phase's end; null is unlimited. */
  included: string | null;
  events: number;
  /** The cutoff as Postgres writes it, with microseconds. */
  storedThrough: string;
}

export interface MeasuredPeriod {
  /** Oldest first; they cover the period. */
  phases: PeriodPhase[];
  usage: PhaseUsage[];
  /** What is stored by then is in it, as Postgres writes it. Where late events were added, `usage` says a later one. */
  cutoff: string;
}

const phaseRow = z.object({
  starts_at: z.coerce.date(),
  ends_at: z.coerce.date(),
  plan_version_id: z.string(),
  fee: z.enum(['invoice', 'stripe', 'none']),
});
const usageRow = z.object({
  metric: z.string(),
  starts_at: z.coerce.date(),
  quantity: z.string(),
  included: z.string().nullable(),
  events: z.number(),
  stored_through: z.string(),
});

/** Whoever stored nothing yet has a cutoff too, which can be written as an instant: nothing was stored by then. */
const cutoffOf = (of: string) => `greatest(${of}.stored_through, 'epoch')::text`;
const PHASES = `coalesce((select jsonb_agg(jsonb_build_object('starts_at', f.starts_at, 'ends_at', f.ends_at, 'plan_version_id', f.plan_version_id, 'fee', f.fee)
    order by f.starts_at) from plan_phases($1, $2, $3) f), '[]') as phases`;
const usageOf = (source: string) => `coalesce((select jsonb_agg(jsonb_build_object(
    'metric', u.metric, 'starts_at', u.starts_at, 'quantity', u.quantity::text, 'included', u.included::text, 'events', u.events, 'stored_through', ${cutoffOf('u')}
  ) order by u.metric, u.starts_at) from (${source}) u), '[]') as usage`;

const CLOSED = `select ${PHASES}, ${usageOf('select * from phase_quantities($1, $2)')},
  (select ${cutoffOf('p')} from closed_periods p where p.organization_id = $1 and p.period_start = $2) as cutoff`;

/**
 * Of a phase to come, what holds now: a grant may end before. What was used in one phase is named in all of them, for its terms, as
 * is what has others than the plan's.
 */
const RUNNING = `
  with used as materialized (select * from usage_by_phase($1, $2, $3) where livemode)
  select ${PHASES}, ${usageOf(`
    select m.metric, f.starts_at, coalesce(u.quantity, 0) as quantity, t.included, coalesce(u.events, 0) as events, g.stored_through
    from (select metric from used where events > 0 or quantity > 0 union select metric from adjusted_metrics($1, $2, $3)) m
    cross join plan_phases($1, $2, $3) f
    join usage_ledgers g on g.organization_id = $1
    left join used u on u.metric = m.metric and u.starts_at = f.starts_at
    cross join lateral quota_terms($1, true, m.metric, greatest(f.starts_at, least(f.ends_at - interval '1 microsecond', $4))) t`)},
  (select ${cutoffOf('g')} from usage_ledgers g where g.organization_id = $1) as cutoff`;

const measured = (row: unknown): MeasuredPeriod => {
  const { phases, usage, cutoff } = z
    .object({ phases: z.array(phaseRow), usage: z.array(usageRow), cutoff: z.string() })
    .parse(row);
  return {
    cutoff,
    phases: phases.map(({ starts_at, ends_at, plan_version_id, fee }) => ({
      startsAt: starts_at,
      endsAt: ends_at,
      planVersionId: plan_version_id,
      fee,
    })),
    usage: usage.map(({ starts_at, stored_through, ...rest }) => ({
      ...rest,
      startsAt: starts_at,
      storedThrough: stored_through,
    })),
  };
};

/** A closed period, with the late events that are frozen. */
export async function readClosedPeriod(
  client: PoolClient,
  organizationId: string,
  { from, to }: { from: Date; to: Date },
): Promise<MeasuredPeriod> {
  return measured((await client.query(CLOSED, [organizationId, from, to])).rows[0]);
}

/** A period as it is known: what is frozen of it if it is closed, else as far as it has come at `at`. */
export async function readPeriod(
  client: PoolClient,
  organizationId: string,
  period: { from: Date; to: Date },
  at: Date,
): Promise<MeasuredPeriod> {
  const { rowCount } = await client.query(
    'select from closed_periods where organization_id = $1 and period_start = $2',
    [organizationId, period.from],
  );
  return rowCount === 1
    ? readClosedPeriod(client, organizationId, period)
    : readRunningPeriod(client, organizationId, period, at);
}

/** A period as far as it has come at `at`: what is stored by now, under the terms of now. */
async function readRunningPeriod(
  client: PoolClient,
  organizationId: string,
  { from, to }: { from: Date; to: Date },
  at: Date,
): Promise<MeasuredPeriod> {
  return measured((await client.query(RUNNING, [organizationId, from, to, at])).rows[0]);
}
