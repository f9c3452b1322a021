-- The sums, by the hour, of the events that stand in usage_batch.
-- The planner knows nothing of a table that was filled a moment ago and would sort; hashing is right at every size.
create function public.usage_batch_rollups() returns setof public.usage_rollups
language plpgsql set search_path = public, pg_temp set jit = off set enable_sort = off set enable_mergejoin = off as $$
begin
  return query
  -- Most events of a batch carry the same quantities, so events are first summed by their quantities as a whole;
  -- only the few distinct objects are then taken apart into metrics.
  with kinds as materialized (
    select d.quantities, array_agg(k.key) as metrics
    from (select distinct b.quantities from usage_batch b) d
    cross join lateral jsonb_object_keys(d.quantities) k(key)
    group by d.quantities
  ),
  moved as materialized (
    select
      b.organization_id, b.livemode,
      coalesce(b.api_key_id, '00000000-0000-0000-0000-000000000000') as api_key_id,
      case when r.registered_at <= coalesce(b.stored_at, 'infinity') then b.route_id else 0 end as route_id,
      date_trunc('hour', b.occurred_at, 'UTC') as hour,
      b.quantities, k.metrics, b.occurred_at,
      b.status, known_method(b.method) as method, b.country, latency_bucket(b.duration_us) as bucket,
      b.duration_us, b.request_bytes, b.response_bytes
    from usage_batch b
    join kinds k on k.quantities = b.quantities
    left join usage_routes r on r.organization_id = b.organization_id and r.route_id = b.route_id
  ),
  alike as (
    select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.quantities,
      count(*) as events,
      max(m.occurred_at) as last_at,
      count(*) filter (where m.status between 400 and 499) as client_errors,
      count(*) filter (where m.status >= 500) as server_errors,
      sum(m.request_bytes) as request_bytes,
      sum(m.response_bytes) as response_bytes,
      sum(m.duration_us) as duration_us
    from moved m
    group by 1, 2, 3, 4, 5, 6
  ),
  totals as (
    select a.organization_id, a.livemode, q.key as metric, a.hour, a.api_key_id, a.route_id,
      sum(a.events)::bigint as events,
      sum(a.events * v.quantity) as quantity_sum,
      max(v.quantity) as quantity_max,
      max(a.last_at) filter (where x.aggregation = 'last') as last_at,
      -- Of two values at the same instant the higher, so that the order of arrival does not matter.
      (max(array[extract(epoch from a.last_at), v.quantity]) filter (where x.aggregation = 'last'))[2] as quantity_last,
      sum(a.client_errors)::bigint as client_errors,
      sum(a.server_errors)::bigint as server_errors,
      coalesce(sum(a.request_bytes), 0) as request_bytes,
      coalesce(sum(a.response_bytes), 0) as response_bytes,
      coalesce(sum(a.duration_us), 0) as duration_us
    from alike a
    cross join lateral jsonb_each(a.quantities) q
    cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
    join metrics x on x.key = q.key
    group by 1, 2, 3, 4, 5, 6
  ),
  counts as (
    select c.organization_id, c.livemode, metric, c.hour, c.api_key_id, c.route_id, jsonb_object_agg(c.label, c.n) as breakdown
    from (
      select n.organization_id, n.livemode, n.hour, n.api_key_id, n.route_id, metric, n.label, sum(n.n) as n
      from (
        select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.metrics,
          case grouping(m.status, m.method, m.country, m.bucket)
            when 7 then 'status:' || m.status
            when 11 then 'method:' || m.method
            when 13 then 'country:' || m.country
            else 'latency:' || m.bucket
          end as label,
          count(*) as n
        from moved m
        group by m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.metrics,
          grouping sets ((m.status), (m.method), (m.country), (m.bucket))
      ) n
      cross join lateral unnest(n.metrics) metric
      where n.label is not null
      group by 1, 2, 3, 4, 5, 6, 7
    ) c
    group by 1, 2, 3, 4, 5, 6
  )
  select t.organization_id, t.livemode, t.metric, t.hour, t.api_key_id, coalesce(l.label, '(other)'),
    t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at,
    t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us,
    coalesce(c.breakdown, '{}')
  from totals t
  left join counts c using (organization_id, livemode, metric, hour, api_key_id, route_id)
  left join usage_labels l on l.id = t.route_id;
end $$;
