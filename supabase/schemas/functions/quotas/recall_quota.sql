-- Whether living holders may have the units that are lacking; if so, calls for them: each returns what it has not handed out.
create function public.recall_quota(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_lacking numeric, p_holder uuid) returns boolean
language plpgsql set search_path = public as $$
declare
  v_recallable numeric;
begin
  select coalesce(sum(l.outstanding), 0) into v_recallable from quota_leases l
  where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start
    and l.state = 'open' and not l.dry and l.holder_id is distinct from p_holder;
  if v_recallable < p_lacking then return false; end if;
  -- Many ask again and again: one in 30 ms calls.
  update quota_counters c set recalled_at = clock_timestamp(), refused_at = clock_timestamp()
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = p_period_start
    and coalesce(c.recalled_at, '-infinity') < clock_timestamp() - interval '30 milliseconds';
  if found then perform pg_notify('quota_recall', quota_counter_name(p_org, p_livemode, p_metric, p_period_start)); end if;
  return true;
end $$;
