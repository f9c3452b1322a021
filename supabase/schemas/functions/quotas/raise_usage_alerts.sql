-- Leaves an alert for each level that the counters have reached, and resolves those they have come back under.
create function public.raise_usage_alerts(p_counters public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_gauge record;
begin
  -- Events are recorded a moment after they happen: what counts is what holds now or, where time was put forward, then.
  insert into usage_alerts (organization_id, metric, period_start, level, used, included)
  select c.organization_id, c.metric, c.period_start, l.level, c.used, t.included
  from unnest(p_counters) k
  join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
  join subscriptions s on s.organization_id = c.organization_id
  cross join lateral billing_period(s.anchor, c.period_start) p
  cross join lateral quota_terms(c.organization_id, true, c.metric, least(greatest(c.as_of, p_stored_at), p.period_end - interval '1 microsecond')) t
  cross join lateral alert_levels(c.used, t.included, t.enforcement) l (level)
  where k.livemode
  order by 1, 2, 3, 4
  on conflict (organization_id, metric, period_start, level) where status <> 'resolved' do nothing;

  for v_gauge in
    select c.organization_id, c.metric, max(greatest(c.as_of, p_stored_at)) as at
    from unnest(p_counters) k join metrics m on m.key = k.metric and m.aggregation = 'last'
    join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
    where k.livemode and exists (
      select from usage_alerts a where a.organization_id = k.organization_id and a.metric = k.metric and a.status <> 'resolved'
    )
    group by 1, 2 order by 1, 2
  loop
    perform resolve_usage_alerts(v_gauge.organization_id, v_gauge.at, v_gauge.metric);
  end loop;
end $$;
