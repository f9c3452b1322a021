-- The sums, by the hour, of the events that stand in usage_batch.
-- The planner knows nothing of a table that was filled a moment ago and would sort; hashing is right at every size.
create function public.usage_batch_rollups() returns setof public.usage_rollups
language plpgsql set search_path = public, pg_temp set jit = off set enable_sort = off set enable_mergejoin = off as $$
begin
  return query
  with moved as materialized (
    select
      b.organization_id, b.livemode,
      coalesce(b.api_key_id, '00000000-0000-0000-0000-000000000000') as api_key_id,
      case when r.registered_at <= coalesce(b.stored_at, 'infinity') then b.route_id else 0 end as route_id,
      date_trunc('hour', b.occurred_at, 'UTC') as hour,
      b.quantities, b.occurred_at, b.status, b.method, b.country, b.duration_us, b.request_bytes, b.response_bytes
    from usage_batch b
    left join usage_routes r on r.organization_id = b.organization_id and r.route_id = b.route_id
  ),
  -- Most events carry the same quantities, so they are first summed by their quantities as a whole; only the distinct objects
  -- are then taken apart into metrics.
  alike as (
    select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.quantities,
      count(*) as events,
      max(m.occurred_at) as last_at,
      count(*) filter (where m.status between 400 and 499) as client_errors,
      count(*) filter (where m.status >= 500) as server_errors,
      sum(m.request_bytes) as request_bytes,
      sum(m.response_bytes) as response_bytes,
      sum(m.duration_us) as duration_us,
      count(m.duration_us) as measured
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
      coalesce(sum(a.duration_us), 0) as duration_us,
      sum(a.measured)::bigint as measured
    from alike a
    cross join lateral jsonb_each(a.quantities) q
    cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
    join metrics x on x.key = q.key
    group by 1, 2, 3, 4, 5, 6
  ),
  counts as (
    select c.organization_id, c.livemode, c.hour, c.api_key_id, c.route_id, string_agg(int2send(c.code) || int4send(c.n), ''::bytea) as breakdown
    from (
      select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, b.code, count(*)::integer as n
      from moved m cross join lateral unnest(breakdown_codes(m.duration_us, m.status, m.method, m.country)) b (code)
      where m.quantities ? 'api_calls' and b.code is not null
      group by 1, 2, 3, 4, 5, 6
    ) c
    group by 1, 2, 3, 4, 5
  )
  select t.organization_id, t.livemode, t.metric, t.hour, t.api_key_id, coalesce(l.label, '(other)'),
    t.client_errors, t.server_errors, t.last_at, t.quantity_last, t.quantity_max,
    t.events, t.quantity_sum, t.request_bytes, t.response_bytes, t.duration_us, t.measured,
    coalesce(c.breakdown, ''::bytea)
  from totals t
  left join counts c on t.metric = 'api_calls' and c.organization_id = t.organization_id and c.livemode = t.livemode and c.hour = t.hour
    and c.api_key_id = t.api_key_id and c.route_id = t.route_id
  left join usage_labels l on l.id = t.route_id;
end $$;
