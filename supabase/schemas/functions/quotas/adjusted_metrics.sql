-- Metrics of which the plan alone does not say what was included in [p_from, p_to): those with an override or a grant.
create function public.adjusted_metrics(p_org uuid, p_from timestamptz, p_to timestamptz) returns table (metric text)
language sql stable set search_path = public as $$
  select o.metric from quota_overrides o where o.organization_id = p_org
  union
  select g.metric from quota_grants g
  where g.organization_id = p_org and g.granted_at < p_to and coalesce(least(g.expires_at, g.revoked_at) > p_from, true);
$$;
