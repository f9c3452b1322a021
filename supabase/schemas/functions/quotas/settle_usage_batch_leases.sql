-- Settles what was lent for the events of usage_batch against their leases, which are theirs even if another process
-- records the events. What is gone is settled against nothing. The caller holds the counters' locks.
create function public.settle_usage_batch_leases() returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  v_freed text[];
begin
  with asked as (
    select l.id, sum(u.units) as units,
      sum(case when m.aggregation = 'count' then 1 when jsonb_typeof(b.quantities -> l.metric) = 'number' then (b.quantities ->> l.metric)::numeric else 0 end) as consumed
    from usage_batch b
    cross join lateral unnest(b.lease_ids, b.lease_units) u (lease_id, units)
    join quota_leases l on l.id = u.lease_id and l.organization_id = b.organization_id
    join metrics m on m.key = l.metric
    where b.lease_ids is not null and l.state = 'open'
    group by l.id
  ),
  settled as materialized (
    select l.*, a.consumed as now_consumed, case l.kind when 'reservation' then l.outstanding else least(l.outstanding, greatest(0, a.units)) end as now_settled
    from asked a join quota_leases l on l.id = a.id
  ),
  gone as (
    delete from quota_leases l using settled s where l.id = s.id and s.kind = 'lease' and s.outstanding = s.now_settled
  ),
  leases as (
    update quota_leases l set
      settled = l.settled + s.now_settled,
      consumed = l.consumed + s.now_consumed,
      state = case when l.outstanding = s.now_settled then 'closed' else 'open' end,
      closed_at = case when l.outstanding = s.now_settled then clock_timestamp() end
    from settled s where l.id = s.id and not (s.kind = 'lease' and s.outstanding = s.now_settled)
  ),
  moved as (
    select organization_id, livemode, metric, period_start, sum(now_settled) as units, bool_or(now_settled > now_consumed) as spare
    from settled group by 1, 2, 3, 4
  ),
  refused as materialized (
    select quota_counter_name(s.organization_id, s.livemode, s.metric, s.period_start) as name
    from moved s join quota_counters c using (organization_id, livemode, metric, period_start)
    where s.spare and c.refused_at is not null
  ),
  counters as (
    update quota_counters c set leased = c.leased - s.units, refused_at = case when s.spare then null else c.refused_at end
    from moved s
    where c.organization_id = s.organization_id and c.livemode = s.livemode and c.metric = s.metric and c.period_start = s.period_start
  )
  select array_agg(r.name) into v_freed from refused r;
  perform pg_notify('quota_freed', n) from unnest(v_freed) n;
end $$;
