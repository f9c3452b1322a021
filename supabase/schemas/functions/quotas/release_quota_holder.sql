-- Releases what a process held that is dead and whose durable events are recorded, on p_limit counters at most; gives back
-- how many leases. To be called again until that is none.
create function public.release_quota_holder(p_holder uuid, p_limit integer) returns integer
language plpgsql set search_path = public as $$
declare
  v_counters quota_counters[];
  v_count integer;
begin
  -- Waits for what the process had under way; whatever comes later finds it in the list.
  perform pg_advisory_xact_lock(hashtextextended('quota_holder:' || p_holder, 0));
  insert into quota_released_holders (holder_id) values (p_holder) on conflict do nothing;
  -- All counters first, in the order of their key: a grant, which is locked afterwards, stands behind every counter.
  v_counters := array(
    select c from quota_counters c
    join (
      select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
      where l.holder_id = p_holder and l.state = 'open' order by 1, 2, 3, 4 limit p_limit
    ) k using (organization_id, livemode, metric, period_start)
    order by c.organization_id, c.livemode, c.metric, c.period_start for update of c
  );
  select coalesce(sum(release_quota_leases(c.organization_id, c.livemode, c.metric, c.period_start, p_holder)), 0) into v_count
  from (select * from unnest(v_counters) order by organization_id, livemode, metric, period_start) c;
  return v_count;
end $$;
