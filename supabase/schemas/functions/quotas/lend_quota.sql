-- Lends a block of units to a process, which may hand them out for p_use_ms; what is not settled after p_reclaim_ms is released.
create function public.lend_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_need numeric, p_want numeric,
  p_holder uuid, p_use_ms integer, p_reclaim_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('lease', p_org, p_livemode, p_metric, p_at, p_need, p_want, p_holder, p_use_ms, p_reclaim_ms, p_ceiling);
$$;
