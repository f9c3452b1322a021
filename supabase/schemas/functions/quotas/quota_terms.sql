-- What holds for a metric at an instant. Null included or limit_units is unlimited. A grant counts while it lives with what
-- other periods left of it, afterwards with what this period drew. Test usage has the included quantity, held hard.
create function public.quota_terms(p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz)
returns table (
  period_start timestamptz, period_end timestamptz, plan_key text, aggregation text, enforcement text,
  included numeric, limit_units numeric, base_included numeric, spend_capped boolean
)
language sql stable set search_path = public as $$
  select p.period_start, p.period_end, v.plan_key, m.aggregation, e.enforcement,
    x.included + g.units,
    x.included + g.units + case when e.enforcement = 'overage' then l.overage_limit else 0 end,
    x.included,
    e.enforcement = 'overage' and s.spend_cap_minor is not null
  from subscriptions s
  cross join lateral billing_period(s.anchor, p_at) p
  cross join lateral (
    select f.plan_version_id from subscription_phases f
    where f.organization_id = s.organization_id and f.starts_at <= p_at
    order by f.starts_at desc limit 1
  ) f
  join plan_versions v on v.id = f.plan_version_id
  join metrics m on m.key = p_metric
  left join plan_limits l on l.plan_version_id = f.plan_version_id and l.metric = p_metric
  left join quota_overrides o on o.organization_id = s.organization_id and o.metric = p_metric
  cross join lateral (select case when p_livemode then coalesce(l.enforcement, 'hard') else 'hard' end as enforcement) e
  cross join lateral (select case when o.metric is null then l.included else o.included end as included) x
  cross join lateral (
    select coalesce(sum(
      case when q.granted_at <= p_at and coalesce(q.expires_at > p_at, true) and coalesce(q.revoked_at > p_at, true)
        then greatest(0, q.units - coalesce((select sum(d.units) from quota_grant_draws d where d.grant_id = q.id and d.period_start <> p.period_start), 0))
        else coalesce((select d.units from quota_grant_draws d where d.grant_id = q.id and d.period_start = p.period_start), 0)
      end
    ), 0) as units
    from quota_grants q where p_livemode and q.organization_id = s.organization_id and q.metric = p_metric
  ) g
  where s.organization_id = p_org;
$$;
