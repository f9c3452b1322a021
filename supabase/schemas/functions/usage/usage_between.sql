-- What was used in [p_from, p_to), to the microsecond: whole days and hours from sums, cut hours from events, gauges from
-- their levels, distinct values of cut days from events. `quantity` is by the metric's aggregation.
create function public.usage_between(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (livemode boolean, metric text, quantity numeric, highest numeric, events bigint)
language plpgsql stable set search_path = public set jit = off as $$
#variable_conflict use_column
declare
  v_hour_from timestamptz := date_trunc('hour', p_from + interval '1 hour' - interval '1 microsecond', 'UTC');
  v_hour_to timestamptz := greatest(v_hour_from, date_trunc('hour', p_to, 'UTC'));
  v_day_from timestamptz := date_trunc('day', v_hour_from + interval '1 day' - interval '1 microsecond', 'UTC');
  v_day_to timestamptz := greatest(v_day_from, date_trunc('day', v_hour_to, 'UTC'));
  v_distinct text[] := array(
    select distinct u.metric from usage_unique_values u
    where u.organization_id = p_org and u.day >= (p_from at time zone 'UTC')::date and u.day <= (p_to at time zone 'UTC')::date
  );
begin
  return query
  with cut as (
    select e.livemode, e.quantities from usage_events e
    where e.organization_id = p_org and e.occurred_at >= p_from and e.occurred_at < least(v_hour_from, p_to)
    union all
    select e.livemode, e.quantities from usage_events e
    where e.organization_id = p_org and e.occurred_at >= v_hour_to and e.occurred_at < p_to
  ),
  parts as (
    select d.livemode, d.metric, d.events, d.quantity_sum from usage_daily d
    where d.organization_id = p_org and d.day >= (v_day_from at time zone 'UTC')::date and d.day < (v_day_to at time zone 'UTC')::date
    union all
    -- Hours that are not in usage_daily yet.
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_ledgers g join usage_rollups r using (organization_id)
    where g.organization_id = p_org and r.hour >= greatest(v_day_from, g.folded_to) and r.hour < v_day_to
    union all
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_rollups r
    where r.organization_id = p_org and r.hour >= v_hour_from and r.hour < least(v_day_from, v_hour_to)
    union all
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_rollups r
    where r.organization_id = p_org and r.hour >= greatest(v_day_to, v_hour_from) and r.hour < v_hour_to
    union all
    select c.livemode, q.key, 1, case jsonb_typeof(q.value) when 'number' then (q.value #>> '{}')::numeric else 1 end
    from cut c cross join lateral jsonb_each(c.quantities) q
  ),
  totals as (
    select t.livemode, t.metric, sum(t.events)::bigint as events, sum(t.quantity_sum) as total from parts t group by 1, 2
  ),
  distinct_values as (
    select v.livemode, v.metric, count(distinct v.value_sha256) as n
    from (
      select u.livemode, u.metric, u.value_sha256 from usage_unique_values u
      where u.organization_id = p_org and u.metric = any (v_distinct)
        and u.day >= ((p_from + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date and u.day < (p_to at time zone 'UTC')::date
      union all
      select e.livemode, q.key, sha256(convert_to(x.value, 'UTF8'))
      from usage_events e
      cross join lateral jsonb_each(e.quantities) q
      cross join lateral quantity_values(q.value) x (value)
      where v_distinct <> '{}' and e.organization_id = p_org and e.quantities ?| v_distinct and q.key = any (v_distinct)
        and e.occurred_at >= p_from and e.occurred_at < p_to and (
          e.occurred_at < date_trunc('day', p_from + interval '1 day' - interval '1 microsecond', 'UTC')
          or e.occurred_at >= date_trunc('day', p_to, 'UTC')
        )
    ) v
    group by 1, 2
  ),
  gauges as (
    select k.livemode, k.metric from (select distinct l.livemode, l.metric from usage_levels l where l.organization_id = p_org and l.at < p_to) k
  )
  select t.livemode, t.metric, v.quantity, v.quantity, t.events
  from totals t
  join metrics m on m.key = t.metric and m.aggregation in ('sum', 'count', 'unique')
  left join distinct_values d on d.livemode = t.livemode and d.metric = t.metric
  cross join lateral (select case m.aggregation when 'sum' then t.total when 'count' then t.events else coalesce(d.n, 0) end as quantity) v
  union all
  select k.livemode, k.metric, case m.aggregation when 'last' then g.level else g.highest end, g.highest, coalesce(t.events, 0)
  from gauges k
  join metrics m on m.key = k.metric
  cross join lateral gauge_between(p_org, k.livemode, k.metric, p_from, p_to) g
  left join totals t on t.livemode = k.livemode and t.metric = k.metric;
end $$;
