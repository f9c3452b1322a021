-- Takes the lock of a lease's counter, and gives back the lease as it is under it.
create function public.lock_quota_lease(p_lease uuid) returns public.quota_leases
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases;
begin
  perform from quota_counters c
  where (c.organization_id, c.livemode, c.metric, c.period_start) = (
    select l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l where l.id = p_lease
  ) for update;
  select * into v_lease from quota_leases l where l.id = p_lease;
  return v_lease;
end $$;
