-- What was used under each plan version that an organization was on in [p_from, p_to). Phases without usage of a metric have
-- no row for it. A phase ends where the next begins; its instants are half-open as those of periods are.
create function public.usage_by_phase(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (
  livemode boolean, metric text, starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, quantity numeric, highest numeric, events bigint
)
language sql stable set search_path = public as $$
  select u.livemode, u.metric, f.starts_at, f.ends_at, f.plan_version_id, u.quantity, u.highest, u.events
  from plan_phases(p_org, p_from, p_to) f
  cross join lateral usage_between(p_org, f.starts_at, f.ends_at) u;
$$;
