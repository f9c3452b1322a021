-- Adds sums per hour to usage_daily. The caller holds the ledgers.
create function public.add_to_usage_daily(p_hours public.usage_rollups[]) returns void
language plpgsql set search_path = public, pg_temp set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  merge into usage_daily t using sum_rollups_by_day(p_hours) s
  on t.organization_id = s.organization_id and t.livemode = s.livemode and t.metric = s.metric and t.day = s.day
    and t.api_key_id = s.api_key_id and t.route = s.route
  when matched then update set
    events = t.events + s.events,
    quantity_sum = t.quantity_sum + s.quantity_sum,
    quantity_max = greatest(t.quantity_max, s.quantity_max),
    quantity_last = case when row(s.last_at, s.quantity_last) > row(t.last_at, t.quantity_last) then s.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, s.last_at),
    client_errors = t.client_errors + s.client_errors,
    server_errors = t.server_errors + s.server_errors,
    request_bytes = t.request_bytes + s.request_bytes,
    response_bytes = t.response_bytes + s.response_bytes,
    duration_us = t.duration_us + s.duration_us,
    measured = t.measured + s.measured,
    breakdown = add_breakdowns(t.breakdown, s.breakdown)
  when not matched then insert values (
    s.organization_id, s.livemode, s.metric, s.day, s.api_key_id, s.route, s.client_errors, s.server_errors, s.last_at, s.quantity_last,
    s.quantity_max, s.events, s.quantity_sum, s.request_bytes, s.response_bytes, s.duration_us, s.measured, s.breakdown
  );
end $$;
