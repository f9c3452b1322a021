-- Releases every lease and reservation whose time is over; lending does the same for the counter it lends from.
create function public.release_expired_quota() returns integer
language plpgsql set search_path = public as $$
declare
  v_key record;
  v_count integer := 0;
begin
  for v_key in
    select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
    where l.state = 'open' and l.reclaim_at <= clock_timestamp() order by 1, 2, 3, 4
  loop
    perform from quota_counters c
    where c.organization_id = v_key.organization_id and c.livemode = v_key.livemode and c.metric = v_key.metric and c.period_start = v_key.period_start for update;
    v_count := v_count + release_quota_leases(v_key.organization_id, v_key.livemode, v_key.metric, v_key.period_start, null);
  end loop;
  return v_count;
end $$;
