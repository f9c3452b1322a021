-- Gives a reservation up; gives back the state it is in afterwards, null if there is none.
create function public.release_reservation(p_org uuid, p_reservation uuid) returns text
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_reservation);
begin
  if v_lease.id is null or v_lease.organization_id <> p_org or v_lease.kind <> 'reservation' then return null; end if;
  if v_lease.state <> 'open' then return v_lease.state; end if;
  update quota_leases l set released = l.released + l.outstanding, state = 'released', closed_at = clock_timestamp() where l.id = p_reservation;
  perform give_back_quota(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lease.outstanding);
  return 'released';
end $$;
