-- How announcements name a counter.
create function public.quota_counter_name(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz) returns text
language sql immutable parallel safe as $$
  select concat_ws('|', p_org, case when p_livemode then 'true' else 'false' end, p_metric, (extract(epoch from p_period_start) * 1000)::bigint);
$$;
