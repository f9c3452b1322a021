-- Adds sums to usage_rollups. The caller holds the ledgers, so nobody else touches these rows, and no row has to be locked or
-- tried first (as insert … on conflict would do, at twice the price). Each is looked up by its key: a plan that was made while
-- the table was empty would read all of it for each, until its statistics are renewed.
create function public.add_to_usage_rollups(p_hours public.usage_rollups[]) returns void
language plpgsql set search_path = public, pg_temp set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  merge into usage_rollups t using unnest(p_hours) s
  on t.organization_id = s.organization_id and t.livemode = s.livemode and t.metric = s.metric and t.hour = s.hour
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
    s.organization_id, s.livemode, s.metric, s.hour, s.api_key_id, s.route, s.client_errors, s.server_errors, s.last_at, s.quantity_last,
    s.quantity_max, s.events, s.quantity_sum, s.request_bytes, s.response_bytes, s.duration_us, s.measured, s.breakdown
  );
end $$;
