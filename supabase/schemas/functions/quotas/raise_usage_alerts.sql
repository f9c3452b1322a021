-- Leaves an alert for each level that the counters have reached, and resolves those they have come back under. The terms are
-- asked only where a level may have been reached or the terms may have changed since they were asked last.
create function public.raise_usage_alerts(p_counters public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_due quota_counters[];
  v_gauge record;
begin
  select array_agg(c) into v_due
  from unnest(p_counters) k
  join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
  join quota_terms_versions v on v.organization_id = k.organization_id
  where k.livemode
    and (c.used < c.alert_at and c.alert_terms = v.version and greatest(c.as_of, p_stored_at) < c.alert_until) is not true;
  if v_due is null then return; end if;

  -- Events are recorded a moment after they happen: what counts is what holds now or, where time was put forward, then.
  with asked as materialized (
    select c.organization_id, c.metric, c.period_start, c.used, t.aggregation, t.included, t.enforcement, v.version, a.at
    from unnest(v_due) c
    join quota_terms_versions v on v.organization_id = c.organization_id
    join subscriptions s on s.organization_id = c.organization_id
    cross join lateral billing_period(s.anchor, c.period_start) p
    cross join lateral (select least(greatest(c.as_of, p_stored_at), p.period_end - interval '1 microsecond') as at) a
    cross join lateral quota_terms(c.organization_id, true, c.metric, a.at) t
  ),
  remembered as (
    update quota_counters c set
      alert_at = case
        when coalesce(a.included, 0) <= 0 then 'infinity'
        when a.used < a.included * 0.8 then a.included * 0.8
        -- A gauge may sink again, which resolves what it rose to.
        when a.aggregation = 'last' then 0
        when a.used < a.included * 0.9 then a.included * 0.9
        when a.used < a.included or a.enforcement = 'overage' and a.used = a.included then a.included
        else 'infinity'
      end,
      alert_terms = a.version,
      alert_until = coalesce((select min(f.starts_at) from subscription_phases f where f.organization_id = a.organization_id and f.starts_at > a.at), 'infinity')
    from asked a
    where c.organization_id = a.organization_id and c.livemode and c.metric = a.metric and c.period_start = a.period_start
      -- What a grant leaves depends on the draws of other periods and on when it ends.
      and not exists (select from quota_grants g where g.organization_id = a.organization_id and g.metric = a.metric)
  )
  insert into usage_alerts (organization_id, metric, period_start, level, used, included)
  select a.organization_id, a.metric, a.period_start, l.level, a.used, a.included
  from asked a cross join lateral alert_levels(a.used, a.included, a.enforcement) l (level)
  order by 1, 2, 3, 4
  on conflict (organization_id, metric, period_start, level) where status <> 'resolved' do nothing;

  for v_gauge in
    select c.organization_id, c.metric, max(greatest(c.as_of, p_stored_at)) as at
    from unnest(v_due) k join metrics m on m.key = k.metric and m.aggregation = 'last'
    join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
    where exists (
      select from usage_alerts a where a.organization_id = k.organization_id and a.metric = k.metric and a.status <> 'resolved'
    )
    group by 1, 2 order by 1, 2
  loop
    perform resolve_usage_alerts(v_gauge.organization_id, v_gauge.at, v_gauge.metric);
  end loop;
end $$;
