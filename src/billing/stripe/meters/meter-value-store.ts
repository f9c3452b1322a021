/** What is used by the hour, as Stripe's meters are to be sent it. */
import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { type EffectDraft, insertEffects } from '../effect-store';

/** What was added to an hour of a metric. */
export interface MeterValue {
  organizationId: string;
  /** Of Stripe's two worlds: false is the sandbox. */
  livemode: boolean;
  metric: string;
  hour: Date;
  /** 1 is what the hour had when it was over; the others came late. */
  revision: number;
}

/** Days for which hours are mirrored: Stripe takes what is 35 days old at most. */
const MIRRORED_DAYS = 34;
const KEPT_DAYS = 40;
/** An event may lie an hour ahead of its storing, so that its hour is over two hours later at most. */
const AHEAD_HOURS = 2;

const meterEffectOf = ({ organizationId, livemode, metric, hour, revision }: MeterValue): string =>
  `meter/${organizationId}/${metric}/${hour.getTime() / 1000}/${revision}${livemode ? '' : '/sandbox'}`;

const EFFECT = /^meter\/([^/]+)\/([^/]+)\/(\d+)\/(\d+)(\/sandbox)?$/;

/** The value that an effect sends. @throws Error for an effect of another kind. */
export function meterValueOf(effect: string): MeterValue {
  const [, organizationId = '', metric = '', seconds, revision, sandbox] = EFFECT.exec(effect) ?? [];
  if (seconds === undefined) throw new Error(`expected an effect of a meter's value, received ${effect}`);
  return {
    organizationId,
    metric,
    hour: new Date(Number(seconds) * 1000),
    revision: Number(revision),
    livemode: sandbox === undefined,
  };
}

/**
 * Organizations that Stripe knows, with usage of hours that were not looked at since they were over, of a plan that is mirrored.
 * @param closed up to which hours are over.
 */
export async function readToNote(pool: Pool, livemode: boolean, closed: Date, after: string): Promise<string[]> {
  const { rows } = await pool.query<{ id: string }>(
    `select c.organization_id as id
     from stripe_customers c
     join usage_ledgers g using (organization_id)
     left join stripe_meter_progress p on p.organization_id = c.organization_id and p.livemode = c.livemode
     where exists (select from plan_versions where stripe_meters) and c.livemode = $1 and c.organization_id > $3 and coalesce(p.noted_hour < $2 and g.stored_through > p.noted_through, true)
       and exists (
         select from subscription_phases s join plan_versions v on v.id = s.plan_version_id
         where s.organization_id = c.organization_id and s.starts_at < $2 and v.stripe_meters
       )
     order by 1 limit 100`,
    [livemode, closed, after],
  );
  return rows.map(({ id }) => id);
}

/**
 * What hours have that was not noted: all of it when an hour is over, later what came late. Summed as the dashboard sums, from what
 * is kept by the hour; an hour belongs to the plan that held when it began. Metrics that do not add up (levels, distinct values)
 * have no meter.
 */
const NOTE = `
  with totals as (
    select r.metric, r.hour, sum(r.quantity_sum) as quantity
    from usage_rollups r join metrics m on m.key = r.metric and m.aggregation in ('sum', 'count')
    where r.organization_id = $1 and r.livemode and r.hour >= $3 and r.hour < $4 and (
      select v.stripe_meters from subscription_phases s join plan_versions v on v.id = s.plan_version_id
      where s.organization_id = $1 and s.starts_at <= r.hour order by s.starts_at desc limit 1
    )
    group by 1, 2
  ),
  noted as (
    select metric, hour, max(revision) as revision, sum(quantity) as quantity from stripe_meter_values
    where organization_id = $1 and livemode = $2 and hour >= $3 and hour < $4 group by 1, 2
  )
  insert into stripe_meter_values (organization_id, livemode, metric, hour, revision, quantity)
  select $1, $2, t.metric, t.hour, coalesce(n.revision, 0) + 1, t.quantity - coalesce(n.quantity, 0)
  from totals t left join noted n using (metric, hour)
  where t.quantity <> coalesce(n.quantity, 0)
  returning metric, hour, revision`;

const notedRow = z.object({ metric: z.string(), hour: z.date(), revision: z.int() });

/** Notes what an organization's hours have that Stripe is not sent yet, with an effect each. @returns how many. */
export const noteHours = (pool: Pool, organizationId: string, livemode: boolean, closed: Date, now: Date) =>
  inTransaction(pool, async (client) => {
    // Two that note at once take turns here.
    await client.query(
      `insert into stripe_meter_progress (organization_id, livemode, noted_hour, noted_through) values ($1, $2, '-infinity', '-infinity')
       on conflict do nothing`,
      [organizationId, livemode],
    );
    await client.query('select from stripe_meter_progress where organization_id = $1 and livemode = $2 for update', [
      organizationId,
      livemode,
    ]);
    // Read before the sums: what is stored in between is seen by the next look at the latest.
    const ledger = await client.query<{ through: string }>(
      'select stored_through::text as through from usage_ledgers where organization_id = $1',
      [organizationId],
    );
    const oldest = new Date(Math.ceil((closed.getTime() - MIRRORED_DAYS * 86_400_000) / 3_600_000) * 3_600_000);
    const { rows } = await client.query(NOTE, [organizationId, livemode, oldest, closed]);
    const effects = z
      .array(notedRow)
      .parse(rows)
      .map((row): EffectDraft => ({
        organizationId,
        kind: 'meter_event',
        effect: meterEffectOf({ organizationId, livemode, ...row }),
      }));
    if (effects.length > 0) await insertEffects(client, effects, now);
    await client.query(
      `update stripe_meter_progress set noted_hour = $3, noted_through = least($4, $3::timestamptz - make_interval(hours => ${AHEAD_HOURS}))
       where organization_id = $1 and livemode = $2`,
      [organizationId, livemode, closed, ledger.rows[0]?.through ?? '-infinity'],
    );
    return effects.length;
  });

/** Effects of values that are due in one of Stripe's worlds, those that wait longest first. */
export async function readDueValues(pool: Pool, livemode: boolean, now: Date, limit: number): Promise<string[]> {
  const { rows } = await pool.query<{ effect: string }>(
    `select effect from stripe_effects
     where state = 'pending' and kind = 'meter_event' and next_attempt_at <= $2 and (claimed_until is null or claimed_until <= $2)
       and effect like '%/sandbox' = not $1
     order by next_attempt_at, created_at, effect limit $3`,
    [livemode, now, limit],
  );
  return rows.map(({ effect }) => effect);
}

const valueRow = z.object({ quantity: z.string(), before: z.string(), waits: z.boolean() });

/**
 * @returns the units that a value adds, those of the hour that Stripe was sent before it, both as exact decimals, and whether it
 * waits for an earlier one of the hour; null where the value is gone.
 */
export async function readMeterValue(pool: Pool, value: MeterValue) {
  const { rows } = await pool.query(
    `select trim_scale(sum(quantity) filter (where revision = $5))::text as quantity,
       trim_scale(coalesce(sum(quantity) filter (where revision < $5 and state = 'sent'), 0))::text as before,
       coalesce(bool_or(revision < $5 and state = 'noted'), false) as waits
     from stripe_meter_values where organization_id = $1 and livemode = $2 and metric = $3 and hour = $4
     having count(*) filter (where revision = $5) = 1`,
    [value.organizationId, value.livemode, value.metric, value.hour, value.revision],
  );
  return rows[0] === undefined ? null : valueRow.parse(rows[0]);
}

/** Says what became of a value, in the transaction of its effect. */
export async function settleValue(client: PoolClient, value: MeterValue, state: 'sent' | 'refused'): Promise<void> {
  await client.query(
    `update stripe_meter_values set state = $6 where organization_id = $1 and livemode = $2 and metric = $3 and hour = $4 and revision = $5`,
    [value.organizationId, value.livemode, value.metric, value.hour, value.revision, state],
  );
}

/** Removes what was noted of hours of more than 40 days ago: Stripe takes nothing for them any more. @returns how many values. */
export const removeOldMeterValues = (pool: Pool, now: Date): Promise<number> =>
  inTransaction(pool, async (client) => {
    const before = new Date(now.getTime() - KEPT_DAYS * 86_400_000);
    await client.query(
      `delete from stripe_effects where kind = 'meter_event' and created_at < $1 and split_part(effect, '/', 4)::bigint < extract(epoch from $1::timestamptz)`,
      [before],
    );
    const { rowCount } = await client.query('delete from stripe_meter_values where hour < $1', [before]);
    return rowCount ?? 0;
  });
