-- Releases everything a process held that is dead and whose durable events are recorded; gives back how many leases.
create function public.release_quota_holder(p_holder uuid) returns integer
language plpgsql set search_path = public as $$
declare
  v_key record;
  v_count integer := 0;
begin
  -- Waits for what the process had under way; whatever comes later finds it in the list.
  perform pg_advisory_xact_lock(hashtextextended('quota_holder:' || p_holder, 0));
  insert into quota_released_holders (holder_id) values (p_holder) on conflict do nothing;
  for v_key in
    select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
    where l.holder_id = p_holder and l.state = 'open' order by 1, 2, 3, 4
  loop
    perform from quota_counters c
    where c.organization_id = v_key.organization_id and c.livemode = v_key.livemode and c.metric = v_key.metric and c.period_start = v_key.period_start for update;
    v_count := v_count + release_quota_leases(v_key.organization_id, v_key.livemode, v_key.metric, v_key.period_start, p_holder);
  end loop;
  return v_count;
end $$;
