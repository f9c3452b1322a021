-- Writes the snapshots of at most p_limit counters whose period ended more than an hour before p_at; gives back how many
-- counters it closed. Running late, twice or at once with another changes nothing.
create function public.close_quota_periods(p_at timestamptz, p_limit integer default 500) returns integer
language plpgsql set search_path = public as $$
declare
  v_counter record;
  v_count integer := 0;
begin
  for v_counter in
    select c.organization_id, c.livemode, c.metric, c.period_start, p.period_end
    from quota_counters c join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, c.period_start) p
    where c.closed_at is null and c.period_start < p_at - interval '27 days' and p.period_end <= p_at - interval '1 hour'
    order by 1, 2, 3, 4 limit p_limit
  loop
    update quota_counters c set closed_at = p_at
    where c.organization_id = v_counter.organization_id and c.livemode = v_counter.livemode and c.metric = v_counter.metric
      and c.period_start = v_counter.period_start and c.closed_at is null;
    if not found then continue; end if;
    v_count := v_count + 1;
    perform release_quota_leases(v_counter.organization_id, v_counter.livemode, v_counter.metric, v_counter.period_start, null);
    if v_counter.livemode then perform set_grant_draws(v_counter.organization_id, v_counter.metric, v_counter.period_start); end if;
    insert into quota_period_snapshots
      (organization_id, livemode, metric, period_start, period_end, plan_key, used, highest, events, included, limit_units, grant_units, taken_at)
    select c.organization_id, c.livemode, c.metric, c.period_start, t.period_end, t.plan_key, c.used, c.highest, c.events, t.included, t.limit_units,
      case when c.livemode then coalesce((
        select sum(d.units) from quota_grant_draws d join quota_grants g on g.id = d.grant_id
        where g.organization_id = c.organization_id and g.metric = c.metric and d.period_start = c.period_start
      ), 0) else 0 end,
      p_at
    from quota_counters c
    cross join lateral quota_terms(c.organization_id, c.livemode, c.metric, v_counter.period_end - interval '1 microsecond') t
    where c.organization_id = v_counter.organization_id and c.livemode = v_counter.livemode and c.metric = v_counter.metric and c.period_start = v_counter.period_start
    on conflict do nothing;
  end loop;
  return v_count;
end $$;
