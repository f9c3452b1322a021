/**
 * What `npm run verify` asks of gauges and of closed periods. Like its other checks they count again from the raw events and
 * without the recording functions, as far back as events are kept (`raw_from`). Of reports of one instant that one transaction stored any may have been the last.
 */

const GAUGE_REPORTS = `
  select e.organization_id, e.livemode, m.key as metric, m.aggregation, e.occurred_at as at, e.stored_at, (q.value #>> '{}')::numeric as value
  from usage_events e
  cross join lateral jsonb_each(e.quantities) q
  join metrics m on m.key = q.key and m.aggregation in ('last', 'max')
  join usage_ledgers g on g.organization_id = e.organization_id and e.occurred_at >= g.raw_from`;

export const LEVELS = `
  with reports as (
    select organization_id, livemode, metric, at, max(value) as highest, array_agg(value) filter (where stored_at = newest) as latest
    from (
      select r.*, max(stored_at) over (partition by organization_id, livemode, metric, at) as newest from (${GAUGE_REPORTS}) r
    ) r group by 1, 2, 3, 4
  )
  select 'levels = raw' as "check", organization_id, metric, to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('raw %s | level %s', coalesce(r.latest::text, 'none'), coalesce(l.level::text, 'none')) as detail
  from reports r
  full join usage_levels l using (organization_id, livemode, metric, at)
  join usage_ledgers g using (organization_id)
  where at >= greatest(g.raw_from, g.hours_from, '-infinity') and (r.highest is distinct from l.highest or not coalesce(l.level = any (r.latest), false))`;

/** A level lives on until the next report, also into the periods that follow. */
export const GAUGE_COUNTERS = `
  with spans as (
    select l.*, lead(at, 1, 'infinity') over (partition by organization_id, livemode, metric order by at) as next_at from usage_levels l
  ),
  lived as (
    select c.organization_id, c.livemode, c.metric, c.period_start, c.used, c.highest, m.aggregation,
      coalesce((array_agg(w.level order by w.at desc))[1], 0) as level,
      coalesce(max(case when w.at >= p.period_start then w.highest else w.level end), 0) as reached
    from quota_counters c
    join metrics m on m.key = c.metric and m.aggregation in ('last', 'max')
    join subscriptions s on s.organization_id = c.organization_id
    cross join lateral billing_period(s.anchor, c.period_start) p
    join usage_ledgers g on g.organization_id = c.organization_id and c.period_start >= coalesce(g.hours_from, '-infinity')
    left join spans w on w.organization_id = c.organization_id and w.livemode = c.livemode and w.metric = c.metric
      and w.at < p.period_end and w.next_at > p.period_start
    group by 1, 2, 3, 4, 5, 6, 7
  )
  select 'counter = levels' as "check", organization_id, metric, to_char(period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('levels %s, %s at most | counter %s, %s', level, reached, used, highest) as detail
  from lived
  where row(used, highest) is distinct from row(case aggregation when 'last' then level else reached end, reached)`;

/** What is added up, per phase of a closed period, from the events that were stored by its cutoff. */
export const PHASES = `
  with phases as (
    select distinct p.organization_id, p.period_start, p.starts_at, p.ends_at, c.stored_through
    from quota_phase_snapshots p join closed_periods c using (organization_id, period_start)
    join usage_ledgers g on g.organization_id = c.organization_id and c.period_start >= g.raw_from
  ),
  raw as (
    select f.organization_id, e.livemode, m.key as metric, f.period_start, f.starts_at, count(*) as events,
      case m.aggregation
        when 'sum' then sum(case when jsonb_typeof(q.value) = 'number' then (q.value #>> '{}')::numeric else 1 end)
        when 'count' then count(*) else (
          select count(distinct v.value) from unnest(array_agg(q.value)) a (given) cross join lateral quantity_values(a.given) v (value)
        )
      end as quantity
    from phases f
    join usage_events e on e.organization_id = f.organization_id and e.occurred_at >= f.starts_at and e.occurred_at < f.ends_at
      and e.stored_at <= f.stored_through
    cross join lateral jsonb_each(e.quantities) q
    join metrics m on m.key = q.key and m.aggregation in ('sum', 'count', 'unique')
    group by 1, 2, 3, 4, 5, m.aggregation
  ),
  frozen as (
    select p.* from quota_phase_snapshots p join metrics m on m.key = p.metric and m.aggregation in ('sum', 'count', 'unique')
    join usage_ledgers g on g.organization_id = p.organization_id and p.period_start >= g.raw_from
  )
  select 'phase = raw' as "check", organization_id, metric, to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('raw %s in %s events | frozen %s in %s', coalesce(r.quantity, 0), coalesce(r.events, 0), coalesce(p.quantity, 0), coalesce(p.events, 0)) as detail
  from raw r
  full join frozen p using (organization_id, livemode, metric, period_start, starts_at)
  where row(coalesce(r.quantity, 0), coalesce(r.events, 0)) is distinct from row(coalesce(p.quantity, 0), coalesce(p.events, 0))`;

export const GAUGE_PHASES = `
  with reports as materialized (
    ${GAUGE_REPORTS}
    union all
    select l.organization_id, l.livemode, m.key, m.aggregation, l.at, '-infinity', l.level
    from usage_levels l join metrics m on m.key = l.metric join usage_ledgers g on g.organization_id = l.organization_id and l.at < g.raw_from
  ),
  known as (
    select p.organization_id, p.livemode, p.metric, p.starts_at, p.quantity, p.highest, r.aggregation, r.value, r.at,
      rank() over (partition by p.organization_id, p.livemode, p.metric, p.starts_at order by r.at desc, r.stored_at desc) = 1 as is_latest,
      r.at < p.starts_at and rank() over (
        partition by p.organization_id, p.livemode, p.metric, p.starts_at, r.at <= p.starts_at order by r.at desc, r.stored_at desc
      ) = 1 as is_carried
    from quota_phase_snapshots p
    join closed_periods c using (organization_id, period_start)
    join metrics m on m.key = p.metric and m.aggregation in ('last', 'max')
    join usage_ledgers g on g.organization_id = p.organization_id and p.period_start >= g.raw_from
    left join reports r on r.organization_id = p.organization_id and r.livemode = p.livemode and r.metric = p.metric
      and r.at < p.ends_at and r.stored_at <= c.stored_through
    -- Of a gauge that nobody reported only its terms are frozen.
    where r.at is not null or p.highest > 0 or p.events > 0
  ),
  counted as (
    select organization_id, metric, starts_at, quantity, highest, aggregation, array_agg(value) filter (where is_latest) as latest,
      max(value) filter (where at >= starts_at) as reported, array_agg(value) filter (where is_carried) as carried
    from known group by organization_id, livemode, metric, starts_at, quantity, highest, aggregation
  )
  select 'phase of a gauge = raw' as "check", organization_id, metric, to_char(starts_at at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('raw %s, %s reported, %s carried | frozen %s, %s at most', latest, reported, carried, quantity, highest) as detail
  from counted
  where (
    (case aggregation when 'last' then quantity = any (latest) else quantity = highest end)
    and (case when carried is null then highest = reported else exists (select from unnest(carried) v where highest = greatest(v, reported)) end)
  ) is not true`;

export const SNAPSHOTS = `
  select 'snapshot = phases' as "check", s.organization_id, s.metric, to_char(s.period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('snapshot %s | phases %s', s.used, coalesce(p.used, 0)) as detail
  from quota_period_snapshots s
  join metrics m on m.key = s.metric and m.aggregation <> 'unique'
  left join lateral (
    select case m.aggregation when 'last' then (array_agg(p.quantity order by p.starts_at desc))[1] when 'max' then max(p.quantity) else sum(p.quantity) end as used
    from quota_phase_snapshots p
    where p.organization_id = s.organization_id and p.livemode = s.livemode and p.metric = s.metric and p.period_start = s.period_start
  ) p on true
  where s.used is distinct from coalesce(p.used, 0)`;

export const LATE_EVENTS = `
  select 'late = raw' as "check", organization_id, null as metric, to_char(period_start at time zone 'UTC', 'YYYY-MM-DD') as day,
    format('event %s of source %s: %s', event_key, source_id, case when l.occurred_at is null then 'not noted as late' else 'noted as late, and is not' end) as detail
  from (
    select e.organization_id, c.period_start, e.stored_at, e.source_id, e.event_key, e.occurred_at
    from closed_periods c
    join usage_events e on e.organization_id = c.organization_id and e.occurred_at >= c.period_start and e.occurred_at < c.period_end
      and e.stored_at > c.stored_through
  ) r
  full join late_usage_events l using (organization_id, period_start, stored_at, source_id, event_key)
  join usage_ledgers g using (organization_id)
  where r.occurred_at is distinct from l.occurred_at and coalesce(r.occurred_at, l.occurred_at) >= g.raw_from`;
