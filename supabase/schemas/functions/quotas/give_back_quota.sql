-- Takes units off a counter that came back and, where somebody was refused since the last time, says so to all: who was not
-- refused has nothing to learn. The caller holds the counter's lock and has taken the units off the leases.
create function public.give_back_quota(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_units numeric) returns void
language plpgsql set search_path = public as $$
declare
  v_refused boolean;
begin
  if p_units <= 0 then return; end if;
  select c.refused_at is not null into v_refused from quota_counters c
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = p_period_start;
  update quota_counters set leased = leased - p_units, refused_at = null
  where organization_id = p_org and livemode = p_livemode and metric = p_metric and period_start = p_period_start;
  if p_livemode then perform set_grant_draws(p_org, p_metric, p_period_start); end if;
  if v_refused then perform pg_notify('quota_freed', quota_counter_name(p_org, p_livemode, p_metric, p_period_start)); end if;
end $$;
