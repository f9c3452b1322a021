-- Keeps apart the events of usage_batch, just stored, whose period was closed before: what was frozen does not have them.
create function public.note_late_usage(p_moved public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from unnest(p_moved) m join closed_periods p using (organization_id, period_start)) then return; end if;
  insert into late_usage_events (organization_id, period_start, stored_at, source_id, event_key, livemode, occurred_at)
  select b.organization_id, p.period_start, p_stored_at, b.source_id, b.event_key, b.livemode, b.occurred_at
  from usage_batch b
  join closed_periods p on p.organization_id = b.organization_id and p.period_start <= b.occurred_at and p.period_end > b.occurred_at;
  update quota_counters c set closed_at = p.closed_at
  from unnest(p_moved) m join closed_periods p using (organization_id, period_start)
  where c.organization_id = m.organization_id and c.livemode = m.livemode and c.metric = m.metric and c.period_start = m.period_start and c.closed_at is null;
end $$;
