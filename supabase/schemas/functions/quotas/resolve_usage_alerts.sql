-- Resolves the alerts of quotas that usage has come back under: after a grant, an override, another plan, or when a gauge sank. For
-- an ended period its last instant counts. Takes no counter's lock, so it may be called by whoever changes the terms. Gives
-- back how many.
create function public.resolve_usage_alerts(p_org uuid, p_at timestamptz, p_metric text default null) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
begin
  -- In one order, whoever resolves.
  perform from (
    select from usage_alerts a
    where a.organization_id = p_org and a.status <> 'resolved' and a.kind in ('quota_share', 'overage') and (p_metric is null or a.metric = p_metric)
    order by a.metric, a.period_start, a.rule_id for update
  ) taken;
  with present as materialized (
    select a.id, a.kind, a.threshold, c.used, t.included, t.enforcement
    from usage_alerts a
    join subscriptions s on s.organization_id = a.organization_id
    cross join lateral billing_period(s.anchor, a.period_start) p
    cross join lateral quota_terms(p_org, true, a.metric, greatest(a.period_start, least(p_at, p.period_end - interval '1 microsecond'))) t
    join quota_counters c on c.organization_id = p_org and c.livemode and c.metric = a.metric and c.period_start = a.period_start
    where a.organization_id = p_org and a.status <> 'resolved' and a.kind in ('quota_share', 'overage') and (p_metric is null or a.metric = p_metric)
  )
  update usage_alerts a set status = 'resolved', resolved_at = p_at
  from present p
  where a.id = p.id and a.status <> 'resolved' and not quota_rule_holds(p.kind, p.threshold, p.used, p.included, p.enforcement);
  get diagnostics v_count = row_count;
  return v_count;
end $$;
