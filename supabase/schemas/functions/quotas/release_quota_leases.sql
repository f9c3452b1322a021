-- Releases the open leases of a counter that belong to p_holder or, where that is null, whose time is over; gives back how
-- many. The caller holds the counter's lock.
create function public.release_quota_leases(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_holder uuid) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
  v_units numeric;
begin
  with leases as (
    delete from quota_leases l
    where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
      and l.kind = 'lease' and case when p_holder is null then l.reclaim_at <= clock_timestamp() else l.holder_id = p_holder end
    returning l.outstanding as units
  ),
  reservations as (
    update quota_leases l set state = 'expired', released = l.released + l.outstanding, closed_at = clock_timestamp()
    where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
      and l.kind = 'reservation' and p_holder is null and l.reclaim_at <= clock_timestamp()
    returning l.released as units
  )
  select count(*), coalesce(sum(units), 0) into v_count, v_units from (select * from leases union all select * from reservations) gone;
  perform give_back_quota(p_org, p_livemode, p_metric, p_period_start, v_units);
  return v_count;
end $$;
