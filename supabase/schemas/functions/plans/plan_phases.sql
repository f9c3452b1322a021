-- The plan versions that an organization was on in [p_from, p_to), each with its part of it.
create function public.plan_phases(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, fee text)
language sql stable set search_path = public as $$
  select greatest(f.starts_at, p_from), least(f.next_at, p_to), f.plan_version_id, f.fee
  from (
    select p.starts_at, coalesce(lead(p.starts_at) over (order by p.starts_at), 'infinity') as next_at, p.plan_version_id, p.fee
    from subscription_phases p where p.organization_id = p_org
  ) f
  where f.starts_at < p_to and f.next_at > p_from;
$$;
