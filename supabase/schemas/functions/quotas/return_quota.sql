-- Takes back what a living holder did not hand out: a total, so that a repetition is harmless.
create function public.return_quota(p_lease uuid, p_returned_total numeric, p_dry boolean) returns void
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_lease);
  v_units numeric := least(greatest(0, p_returned_total - v_lease.returned), v_lease.outstanding);
begin
  if v_lease.state is distinct from 'open' then return; end if;
  update quota_leases l set
    returned = l.returned + v_units,
    dry = l.dry or p_dry,
    state = case when l.outstanding = v_units then 'closed' else 'open' end,
    closed_at = case when l.outstanding = v_units then clock_timestamp() end
  where l.id = p_lease;
  perform give_back_quota(v_lease.organization_id, v_lease.livemode, v_lease.metric, v_lease.period_start, v_units);
end $$;
