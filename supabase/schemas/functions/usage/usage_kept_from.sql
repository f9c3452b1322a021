-- The UTC midnight from which an organization's raw events are kept at p_at: as its plan sells it (retention_days), but never
-- of a period that still runs or was not closed. Null where the plan names no end.
create function public.usage_kept_from(p_org uuid, p_at timestamptz) returns timestamptz
language sql stable set search_path = public as $$
  select least(
    date_trunc('day', p_at - make_interval(days => (v.features ->> 'retention_days')::integer), 'UTC'),
    p.period_start,
    (select min(c.period_start) from quota_counters c where c.organization_id = p_org and c.closed_at is null)
  )
  from subscriptions s
  cross join lateral billing_period(s.anchor, p_at) p
  cross join lateral (
    select f.plan_version_id from subscription_phases f
    where f.organization_id = s.organization_id and f.starts_at <= p_at
    order by f.starts_at desc limit 1
  ) f
  join plan_versions v on v.id = f.plan_version_id
  where s.organization_id = p_org and jsonb_typeof(v.features -> 'retention_days') = 'number';
$$;
