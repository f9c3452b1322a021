-- Takes back what a living holder did not hand out: a total, so that a repetition is harmless. A lease of which nothing is
-- outstanding any more leaves the table, so that it stays as small as what is lent.
create function public.return_quota(p_lease uuid, p_returned_total numeric, p_dry boolean) returns void
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_lease);
  v_units numeric := least(greatest(0, p_returned_total - v_lease.returned), v_lease.outstanding);
begin
  if v_lease.state is distinct from 'open' then return; end if;
  if v_lease.outstanding = v_units then
    delete from quota_leases l where l.id = p_lease;
  else
    update quota_leases l set returned = l.returned + v_units, dry = l.dry or p_dry where l.id = p_lease;
  end if;
  perform give_back_quota(v_lease.organization_id, v_lease.livemode, v_lease.metric, v_lease.period_start, v_units);
end $$;
