import { type Pool } from 'pg';
import { z } from 'zod';
import { inTransaction } from '@/db';
import { GAUGE_COUNTERS, GAUGE_PHASES, LATE_EVENTS, LEVELS, PHASES, SNAPSHOTS } from './period-checks';

const difference = z.object({
  check: z.string(),
  organization_id: z.string(),
  metric: z.string().nullable(),
  day: z.string().nullable(),
  detail: z.string(),
});
type UsageDifference = z.output<typeof difference>;

export interface UsageVerification {
  events: number;
  rollupRows: number;
  dailyRows: number;
  /** Empty when every sum equals its raw events. */
  differences: UsageDifference[];
}

/** Of a number of breakdowns, how often each code was counted, as text: "312×4 2200×4 …". The entries are read here as they lie. */
const counted = (breakdown: string): string => `(
  select string_agg(code || '×' || n, ' ' order by code) from (
    select get_byte(b, i) * 256 + get_byte(b, i + 1) as code, sum(('x' || encode(substring(b from i + 3 for 4), 'hex'))::bit(32)::integer) as n
    from (select string_agg(${breakdown}, ''::bytea) as b) whole cross join lateral generate_series(0, length(whole.b) - 6, 6) i group by 1
  ) codes)`;

/**
 * What retention removed can be held against nothing: raw events count from raw_from of their ledger on, sums per hour from
 * hours_from on. Sums per day are compared with whichever is whole.
 *
 * One line per organization, mode, metric and day, counted three times: from the raw events, from the sums per hour, from
 * the sums per day, which hold the hours before the ledger's folded_to. Written without the recording functions, so that a
 * mistake in them cannot hide here.
 */
const SUMS = `
  with raw as (
    select e.organization_id, e.livemode, q.key as metric, (e.occurred_at at time zone 'UTC')::date as day,
      count(*) as events,
      sum(case when jsonb_typeof(q.value) = 'number' then (q.value #>> '{}')::numeric else 1 end) as quantity,
      max(case when jsonb_typeof(q.value) = 'number' then (q.value #>> '{}')::numeric else 1 end) as highest,
      count(*) filter (where e.status >= 400 and e.status < 500) as client_errors,
      count(*) filter (where e.status >= 500) as server_errors,
      coalesce(sum(e.request_bytes), 0) + coalesce(sum(e.response_bytes), 0) as bytes,
      coalesce(sum(e.duration_us), 0) as duration_us, count(e.duration_us) as measured
    from usage_events e cross join lateral jsonb_each(e.quantities) q
    group by 1, 2, 3, 4
  ),
  raw_codes as (
    select organization_id, livemode, day, string_agg(code || '×' || n, ' ' order by code) as counted
    from (
      select e.organization_id, e.livemode, (e.occurred_at at time zone 'UTC')::date as day, get_byte(c.b, i) * 256 + get_byte(c.b, i + 1) as code, count(*) as n
      from usage_events e
      cross join lateral (select call_breakdown(e.duration_us, e.status, e.method, e.country) as b offset 0) c
      cross join lateral generate_series(0, length(c.b) - 6, 6) i
      where e.quantities ? 'api_calls'
      group by 1, 2, 3, 4
    ) codes
    group by 1, 2, 3
  ),
  by_hour as (
    select organization_id, livemode, metric, (hour at time zone 'UTC')::date as day,
      SUMMED
    from usage_rollups group by 1, 2, 3, 4
  ),
  folded as (
    select organization_id, livemode, metric, (hour at time zone 'UTC')::date as day,
      SUMMED
    from usage_rollups join (select organization_id, folded_to from usage_ledgers) g using (organization_id) where hour < folded_to group by 1, 2, 3, 4
  ),
  by_day as (
    select organization_id, livemode, metric, day,
      SUMMED
    from usage_daily group by 1, 2, 3, 4
  )
  select 'raw = rollups' as "check", organization_id, metric, day::text,
    format('raw %s | rollups %s', coalesce(r.events::text, 'none'), coalesce(h.events::text, 'none')) as detail
  from raw r
  full join by_hour h using (organization_id, livemode, metric, day)
  left join raw_codes c using (organization_id, livemode, day)
  left join usage_ledgers g using (organization_id)
  where day >= (greatest(g.raw_from, g.hours_from, '-infinity') at time zone 'UTC')::date
    and row(r.events, r.quantity, r.highest, r.client_errors, r.server_errors, r.bytes, r.duration_us, r.measured, case when metric = 'api_calls' then c.counted end)
      is distinct from row(h.events, h.quantity, h.highest, h.client_errors, h.server_errors, h.bytes, h.duration_us, h.measured, h.counted)
  union all
  select 'rollups = daily', organization_id, metric, day::text,
    format('rollups %s | daily %s', coalesce(h.events::text, 'none'), coalesce(d.events::text, 'none'))
  from folded h
  full join by_day d using (organization_id, livemode, metric, day)
  left join usage_ledgers g using (organization_id)
  where day >= (greatest(g.hours_from, '-infinity') at time zone 'UTC')::date and h is distinct from d`.replaceAll(
  'SUMMED',
  `sum(events) as events, sum(quantity_sum) as quantity, max(quantity_max) as highest, sum(client_errors) as client_errors,
      sum(server_errors) as server_errors, sum(request_bytes) + sum(response_bytes) as bytes, sum(duration_us) as duration_us,
      sum(measured) as measured, ${counted('breakdown')} as counted`,
);

const LEDGERS = `
  select 'ledger = raw' as "check", organization_id, null as metric, null as day, format('ledger %s, of which %s are removed | raw %s', coalesce(g.events, 0), coalesce(g.raw_removed, 0), coalesce(r.events, 0)) as detail
  from usage_ledgers g
  full join (select organization_id, count(*) as events from usage_events group by 1) r using (organization_id)
  where coalesce(g.events - g.raw_removed, 0) <> coalesce(r.events, 0)`;

const COPIES = `
  select 'no event twice' as "check", organization_id, null as metric, null as day, format('source %s, event %s stands %s times', source_id, event_key, count(*)) as detail
  from usage_events group by organization_id, source_id, event_key having count(*) > 1`;

const DISTINCT_VALUES = `
  select 'distinct values = raw' as "check", organization_id, metric, day::text, format('raw %s | kept %s', coalesce(r.n, 0), coalesce(u.n, 0)) as detail
  from (
    select e.organization_id, e.livemode, q.key as metric, (e.occurred_at at time zone 'UTC')::date as day, count(distinct v.value) as n
    from usage_events e cross join lateral jsonb_each(e.quantities) q join metrics m on m.key = q.key and m.aggregation = 'unique'
    cross join lateral quantity_values(q.value) v (value)
    group by 1, 2, 3, 4
  ) r
  full join (select organization_id, livemode, metric, day, count(*) as n from usage_unique_values group by 1, 2, 3, 4) u
    using (organization_id, livemode, metric, day)
  left join usage_ledgers g using (organization_id)
  where r.n is distinct from u.n and day >= (greatest(g.raw_from, g.hours_from, '-infinity') at time zone 'UTC')::date`;

/**
 * Counters of quotas by period, counted again from the raw events; `day` is the period's first. Of gauges the events only:
 * what they stand at follows from their levels.
 */
const COUNTERS = `
  with daily as (
    select e.organization_id, e.livemode, m.key as metric, m.aggregation, (e.occurred_at at time zone 'UTC')::date as day,
      count(*) as events, sum(v.quantity) as total
    from usage_events e
    cross join lateral jsonb_each(e.quantities) q
    join metrics m on m.key = q.key
    cross join lateral (select case when jsonb_typeof(q.value) = 'number' then (q.value #>> '{}')::numeric else 1 end as quantity) v
    group by 1, 2, 3, 4, 5
  ),
  distinct_values as (
    select e.organization_id, e.livemode, m.key as metric, p.period_start, count(distinct v.value) as n
    from usage_events e
    cross join lateral jsonb_each(e.quantities) q
    join metrics m on m.key = q.key and m.aggregation = 'unique'
    cross join lateral quantity_values(q.value) v (value)
    join subscriptions s using (organization_id)
    cross join lateral billing_period(s.anchor, e.occurred_at) p
    group by 1, 2, 3, 4
  ),
  raw as (
    select d.organization_id, d.livemode, d.metric, p.period_start, sum(d.events) as events,
      case d.aggregation
        when 'sum' then sum(d.total) when 'count' then sum(d.events)
        when 'unique' then (select u.n from distinct_values u where (u.organization_id, u.livemode, u.metric, u.period_start) = (d.organization_id, d.livemode, d.metric, p.period_start))
      end as used
    from daily d join subscriptions s using (organization_id)
    cross join lateral billing_period(s.anchor, d.day::timestamp at time zone 'UTC') p
    group by d.organization_id, d.livemode, d.metric, d.aggregation, p.period_start
  )
  select 'counter = raw' as "check", organization_id, metric, to_char(period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('raw %s in %s events | counter %s in %s', coalesce(r.used, 0), coalesce(r.events, 0), coalesce(c.used, 0), coalesce(c.events, 0)) as detail
  from raw r
  full join quota_counters c using (organization_id, livemode, metric, period_start)
  join subscriptions s using (organization_id)
  join usage_ledgers g using (organization_id)
  join metrics m on m.key = metric
  where period_start >= g.raw_from and (
    coalesce(r.events, 0) <> coalesce(c.events, 0)
    or m.aggregation not in ('last', 'max') and row(coalesce(r.used, 0), coalesce(r.used, 0)) is distinct from row(coalesce(c.used, 0), coalesce(c.highest, 0))
  )`;

/** Counters of periods whose events retention has removed, by the sums per day. */
const OLD_COUNTERS = `
  select 'counter = daily' as "check", c.organization_id, c.metric, to_char(c.period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('daily %s in %s events | counter %s in %s', coalesce(d.used, 0), coalesce(d.events, 0), c.used, c.events) as detail
  from quota_counters c
  join usage_ledgers g using (organization_id)
  join metrics m on m.key = c.metric and m.aggregation in ('sum', 'count')
  join subscriptions s using (organization_id)
  cross join lateral billing_period(s.anchor, c.period_start) p
  cross join lateral (
    select sum(u.events) as events, case m.aggregation when 'sum' then sum(u.quantity_sum) else sum(u.events) end as used
    from (
      select u.events, u.quantity_sum from usage_daily u
      where u.organization_id = c.organization_id and u.livemode = c.livemode and u.metric = c.metric
        and u.day >= (p.period_start at time zone 'UTC')::date and u.day < (p.period_end at time zone 'UTC')::date
      union all
      select r.events, r.quantity_sum from usage_rollups r
      where r.organization_id = c.organization_id and r.livemode = c.livemode and r.metric = c.metric
        and r.hour >= greatest(p.period_start, g.folded_to) and r.hour < p.period_end
    ) u
  ) d
  where c.period_start < g.raw_from and row(coalesce(d.used, 0), coalesce(d.events, 0)) is distinct from row(c.used, c.events)`;

const LEASES = `
  select 'leased = outstanding' as "check", organization_id, metric, to_char(period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('counter %s | leases %s', coalesce(c.leased, 0), coalesce(l.outstanding, 0)) as detail
  from quota_counters c
  full join (
    select organization_id, livemode, metric, period_start, sum(outstanding) as outstanding from quota_leases where state = 'open' group by 1, 2, 3, 4
  ) l using (organization_id, livemode, metric, period_start)
  where coalesce(c.leased, 0) <> coalesce(l.outstanding, 0)`;

const CHECKS = [SUMS, LEDGERS, COPIES, DISTINCT_VALUES, COUNTERS, OLD_COUNTERS, LEASES];

/** Proves that what was recorded, what charts read, what limits and what is billed are one and the same. Reads one snapshot. */
export function verifyUsage(pool: Pool): Promise<UsageVerification> {
  return inTransaction(pool, async (client) => {
    await client.query('set transaction isolation level repeatable read read only');
    const differences: UsageDifference[] = [];
    for (const check of [...CHECKS, LEVELS, GAUGE_COUNTERS, PHASES, GAUGE_PHASES, SNAPSHOTS, LATE_EVENTS]) {
      const { rows } = await client.query(`${check} order by 2, 4, 3 limit 1000`);
      differences.push(...rows.map((row) => difference.parse(row)));
    }
    const { rows } = await client.query(
      `select (select count(*) from usage_events) as events, (select count(*) from usage_rollups) as "rollupRows", (select count(*) from usage_daily) as "dailyRows"`,
    );
    const counts = z
      .object({ events: z.coerce.number(), rollupRows: z.coerce.number(), dailyRows: z.coerce.number() })
      .parse(rows[0]);
    return { ...counts, differences };
  });
}
