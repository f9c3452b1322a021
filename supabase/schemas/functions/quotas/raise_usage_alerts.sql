-- Leaves an alert for each rule on a quota that the counters have reached, and resolves those they have come back under. Terms and
-- rules are read only where a level may have been reached, or either may have changed since they were read last.
create function public.raise_usage_alerts(p_counters public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_due quota_counters[];
  v_reached jsonb;
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
    select c.organization_id, c.metric, c.period_start, p.period_end, c.used, t.aggregation, t.included, t.enforcement, v.version, a.at,
      greatest(c.as_of, p_stored_at) as heard_at
    from unnest(v_due) c
    join quota_terms_versions v on v.organization_id = c.organization_id
    join subscriptions s on s.organization_id = c.organization_id
    cross join lateral billing_period(s.anchor, c.period_start) p
    cross join lateral (select least(greatest(c.as_of, p_stored_at), p.period_end - interval '1 microsecond') as at) a
    cross join lateral quota_terms(c.organization_id, true, c.metric, a.at) t
  ),
  rules as materialized (
    select a.*, r.id as rule_id, quota_rule_holds(r.kind, r.threshold, a.used, a.included, a.enforcement) as holds,
      case when r.kind = 'quota_share' then a.included * r.threshold * 0.01 when a.enforcement = 'overage' then a.included end as due_at
    from asked a
    join alert_rules r on r.organization_id = a.organization_id and r.enabled and r.kind in ('quota_share', 'overage')
      and (r.metric is null or r.metric = a.metric)
    where a.included > 0
  ),
  remembered as (
    update quota_counters c set
      alert_at = case
        -- A gauge may sink again, which resolves what it rose to.
        when a.aggregation = 'last' and exists (
          select from rules r where r.organization_id = a.organization_id and r.metric = a.metric and r.period_start = a.period_start and r.holds
        ) then 0
        else coalesce((
          select min(r.due_at) from rules r
          where r.organization_id = a.organization_id and r.metric = a.metric and r.period_start = a.period_start and not r.holds
        ), 'infinity')
      end,
      alert_terms = a.version,
      alert_until = coalesce((select min(f.starts_at) from subscription_phases f where f.organization_id = a.organization_id and f.starts_at > a.at), 'infinity')
    from asked a
    where c.organization_id = a.organization_id and c.livemode and c.metric = a.metric and c.period_start = a.period_start
      -- What a grant leaves depends on the draws of other periods and on when it ends.
      and not exists (select from quota_grants g where g.organization_id = a.organization_id and g.metric = a.metric)
  )
  select jsonb_agg(to_jsonb(r)) into v_reached from rules r where r.holds;

  if v_reached is not null then
    -- All of them before any alert: who removes a rule holds it while its alerts are resolved.
    perform from (
      select from alert_rules a
      where a.id in (select r.rule_id from jsonb_to_recordset(v_reached) r (rule_id uuid))
      order by a.id for key share
    ) held;
    perform open_alert(r.rule_id, r.organization_id, r.metric, '', r.period_start, r.period_end, r.used, r.included, null,
      case when r.enforcement = 'overage' and r.used > r.included then 'charged' when r.enforcement = 'hard' and r.used >= r.included then 'blocked' else 'none' end,
      r.heard_at)
    from (
      select * from jsonb_to_recordset(v_reached) r (
        rule_id uuid, organization_id uuid, metric text, period_start timestamptz, period_end timestamptz, used numeric, included numeric,
        enforcement text, heard_at timestamptz
      ) order by organization_id, metric, period_start, rule_id
    ) r;
  end if;

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
