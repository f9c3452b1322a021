-- The quota counters of the periods that hold p_at which differ from the sums of those periods, and what they ought to be. Gauges are
-- no sum of their period (a level lives on) and are not compared.
create function public.quota_counter_differences(p_orgs uuid[], p_at timestamptz)
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, used numeric, events_before bigint, events bigint)
language sql stable set search_path = public set jit = off as $$
  with periods as materialized (
    select s.organization_id, p.period_start, p.period_end, g.folded_to
    from subscriptions s join usage_ledgers g using (organization_id) cross join lateral billing_period(s.anchor, p_at) p
    where s.organization_id = any (p_orgs) and g.hours_from <= p.period_start
  ),
  summed as (
    select organization_id, livemode, metric, sum(events)::bigint as events, sum(quantity_sum) as total
    from (
      select d.organization_id, d.livemode, d.metric, d.events, d.quantity_sum
      from periods p join usage_daily d on d.organization_id = p.organization_id and d.livemode = any ('{true,false}') and d.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
        and d.day >= (p.period_start at time zone 'UTC')::date and d.day < (p.period_end at time zone 'UTC')::date
      union all
      select r.organization_id, r.livemode, r.metric, r.events, r.quantity_sum
      from periods p join usage_rollups r on r.organization_id = p.organization_id and r.livemode = any ('{true,false}') and r.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
        and r.hour >= greatest(p.period_start, p.folded_to) and r.hour < p.period_end
    ) parts
    group by 1, 2, 3
  ),
  expected as (
    select s.organization_id, s.livemode, s.metric, p.period_start, s.events,
      case m.aggregation when 'sum' then s.total when 'count' then s.events else coalesce((
        select count(distinct u.value_sha256) from usage_unique_values u
        where u.organization_id = s.organization_id and u.livemode = s.livemode and u.metric = s.metric
          and u.day >= (p.period_start at time zone 'UTC')::date and u.day < (p.period_end at time zone 'UTC')::date
      ), 0) end as used
    from summed s join periods p using (organization_id) join metrics m on m.key = s.metric
  )
  select organization_id, livemode, metric, period_start, coalesce(e.used, 0), c.events, coalesce(e.events, 0)
  from expected e
  full join (
    select c.* from quota_counters c join periods p using (organization_id, period_start) where c.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
  ) c using (organization_id, livemode, metric, period_start)
  where row(coalesce(e.events, 0), coalesce(e.used, 0)) is distinct from row(coalesce(c.events, 0), coalesce(c.used, 0));
$$;
