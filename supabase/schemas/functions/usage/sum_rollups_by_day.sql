-- Sums per hour, summed per day.
create function public.sum_rollups_by_day(p_rollups public.usage_rollups[]) returns setof public.usage_daily
language sql stable set search_path = public as $$
  select organization_id, livemode, metric, (hour at time zone 'UTC')::date as day, api_key_id, route,
    sum(client_errors)::bigint, sum(server_errors)::bigint, max(last_at),
    (max(array[extract(epoch from last_at), quantity_last]) filter (where last_at is not null))[2], max(quantity_max),
    sum(events)::bigint, sum(quantity_sum), sum(request_bytes), sum(response_bytes), sum(duration_us), sum(measured)::bigint,
    compact_breakdown(string_agg(breakdown, ''::bytea))
  from unnest(p_rollups)
  group by organization_id, livemode, metric, day, api_key_id, route;
$$;
