-- Takes units off a counter that came back, and says so to those who were told that nothing is left. The caller holds the
-- counter's lock and has taken the units off the leases.
create function public.give_back_quota(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_units numeric) returns void
language plpgsql set search_path = public as $$
begin
  if p_units <= 0 then return; end if;
  update quota_counters set leased = leased - p_units
  where organization_id = p_org and livemode = p_livemode and metric = p_metric and period_start = p_period_start;
  if p_livemode then perform set_grant_draws(p_org, p_metric, p_period_start); end if;
  perform pg_notify('quota_changed', p_org::text);
end $$;
