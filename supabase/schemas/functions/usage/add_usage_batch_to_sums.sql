-- Adds the sums of usage_batch to usage_rollups and usage_daily, and hands the sums per day on.
create function public.add_usage_batch_to_sums() returns public.usage_daily[]
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_hours usage_rollups[] := array(select h from usage_batch_rollups() h);
  v_days usage_daily[] := array(select d from sum_rollups_by_day(v_hours) d);
begin
  insert into usage_rollups as t select * from unnest(v_hours)
  on conflict (organization_id, livemode, metric, hour, api_key_id, route) do update set
    events = t.events + excluded.events,
    quantity_sum = t.quantity_sum + excluded.quantity_sum,
    quantity_max = greatest(t.quantity_max, excluded.quantity_max),
    quantity_last = case when row(excluded.last_at, excluded.quantity_last) > row(t.last_at, t.quantity_last) then excluded.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, excluded.last_at),
    client_errors = t.client_errors + excluded.client_errors,
    server_errors = t.server_errors + excluded.server_errors,
    request_bytes = t.request_bytes + excluded.request_bytes,
    response_bytes = t.response_bytes + excluded.response_bytes,
    duration_us = t.duration_us + excluded.duration_us,
    breakdown = add_counts(t.breakdown, excluded.breakdown);

  insert into usage_daily as t select * from unnest(v_days)
  on conflict (organization_id, livemode, metric, day, api_key_id, route) do update set
    events = t.events + excluded.events,
    quantity_sum = t.quantity_sum + excluded.quantity_sum,
    quantity_max = greatest(t.quantity_max, excluded.quantity_max),
    quantity_last = case when row(excluded.last_at, excluded.quantity_last) > row(t.last_at, t.quantity_last) then excluded.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, excluded.last_at),
    client_errors = t.client_errors + excluded.client_errors,
    server_errors = t.server_errors + excluded.server_errors,
    request_bytes = t.request_bytes + excluded.request_bytes,
    response_bytes = t.response_bytes + excluded.response_bytes,
    duration_us = t.duration_us + excluded.duration_us,
    breakdown = add_counts(t.breakdown, excluded.breakdown);
  return v_days;
end $$;
