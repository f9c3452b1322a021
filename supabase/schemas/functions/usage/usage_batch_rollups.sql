-- The sums, by the hour, of the events that stand in usage_batch.
-- The planner knows nothing of a table that was filled a moment ago and would sort, or read all routes and labels there are;
-- hashing and looking up one by one are right at every size.
create function public.usage_batch_rollups() returns setof public.usage_rollups
language plpgsql set search_path = public, pg_temp set jit = off set work_mem = '64MB' set enable_sort = off set enable_mergejoin = off as $$
begin
  return query
  -- Most events carry the same quantities, so they are first summed by their quantities as a whole; only the distinct objects
  -- are then taken apart into metrics.
  with alike as (
    select b.organization_id, b.livemode, date_trunc('hour', b.occurred_at, 'UTC') as hour,
      coalesce(b.api_key_id, '00000000-0000-0000-0000-000000000000') as api_key_id,
      case when r.registered_at <= coalesce(b.stored_at, 'infinity') then b.route_id else 0 end as route_id,
      b.quantities,
      count(*) as events,
      max(b.occurred_at) as last_at,
      count(*) filter (where b.status between 400 and 499) as client_errors,
      count(*) filter (where b.status >= 500) as server_errors,
      sum(b.request_bytes) as request_bytes,
      sum(b.response_bytes) as response_bytes,
      sum(b.duration_us) as duration_us,
      count(b.duration_us) as measured,
      string_agg(call_breakdown(b.duration_us, b.status, b.method, b.country), ''::bytea) as breakdown
    from usage_batch b
    left join lateral (
      select u.registered_at from usage_routes u where u.organization_id = b.organization_id and u.route_id = b.route_id limit 1
    ) r on true
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
      sum(a.measured)::bigint as measured,
      coalesce(string_agg(a.breakdown, ''::bytea) filter (where q.key = 'api_calls'), ''::bytea) as breakdown
    from alike a
    cross join lateral jsonb_each(a.quantities) q
    cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
    join metrics x on x.key = q.key
    group by 1, 2, 3, 4, 5, 6
  )
  select t.organization_id, t.livemode, t.metric, t.hour, t.api_key_id, coalesce(l.label, '(other)'),
    t.client_errors, t.server_errors, t.last_at, t.quantity_last, t.quantity_max,
    t.events, t.quantity_sum, t.request_bytes, t.response_bytes, t.duration_us, t.measured,
    case when t.events <= 4 then t.breakdown else compact_breakdown(t.breakdown) end
  from totals t
  left join lateral (select u.label from usage_labels u where u.id = t.route_id limit 1) l on true;
end $$;
