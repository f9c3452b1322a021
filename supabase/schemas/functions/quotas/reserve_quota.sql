-- Sets exactly p_units aside for a call whose cost is known only later.
create function public.reserve_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_units numeric, p_ttl_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('reservation', p_org, p_livemode, p_metric, p_at, p_units, p_units, null, p_ttl_ms, p_ttl_ms, p_ceiling);
$$;
