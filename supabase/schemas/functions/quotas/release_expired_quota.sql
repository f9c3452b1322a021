-- Releases leases and reservations whose time is over, on p_limit counters at most; gives back how many. To be called again
-- until that is none. Lending does the same for the counter it lends from.
create function public.release_expired_quota(p_limit integer) returns integer
language plpgsql set search_path = public as $$
declare
  v_counters quota_counters[];
  v_count integer;
begin
  v_counters := array(
    select c from quota_counters c
    join (
      select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
      where l.state = 'open' and l.reclaim_at <= clock_timestamp() order by 1, 2, 3, 4 limit p_limit
    ) k using (organization_id, livemode, metric, period_start)
    order by c.organization_id, c.livemode, c.metric, c.period_start for update of c
  );
  select coalesce(sum(release_quota_leases(c.organization_id, c.livemode, c.metric, c.period_start, null)), 0) into v_count
  from (select * from unnest(v_counters) order by organization_id, livemode, metric, period_start) c;
  return v_count;
end $$;
