-- What is known of the live usage of a closed period, per phase and metric: the latest revision, else what was frozen when it
-- was closed. Phases in which nothing of a metric was used are absent.
create function public.phase_quantities(p_org uuid, p_period_start timestamptz)
returns table (
  metric text, starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, quantity numeric, events bigint, included numeric, stored_through timestamptz
)
language sql stable set search_path = public as $$
  select distinct on (k.metric, k.starts_at) k.metric, k.starts_at, k.ends_at, k.plan_version_id, k.quantity, k.events, k.included, k.stored_through
  from (
    select s.metric, s.starts_at, s.ends_at, s.plan_version_id, s.quantity, s.events, s.included, p.stored_through, 0 as revised
    from quota_phase_snapshots s join closed_periods p using (organization_id, period_start)
    where s.organization_id = p_org and s.period_start = p_period_start and s.livemode
    union all
    select r.metric, r.starts_at, r.ends_at, r.plan_version_id, r.quantity, r.events, r.included, r.stored_through, 1
    from quota_phase_revisions r where r.organization_id = p_org and r.period_start = p_period_start
  ) k
  order by k.metric, k.starts_at, k.revised desc, k.stored_through desc;
$$;
