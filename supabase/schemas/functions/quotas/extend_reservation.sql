-- Raises a reservation to p_total units if they fit: `held`, `recall`, `exhausted`, `spend_cap` or, if it is over, its state.
create function public.extend_reservation(p_org uuid, p_reservation uuid, p_total numeric, p_at timestamptz, p_ceiling numeric default null) returns text
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_reservation);
  v_more numeric := p_total - v_lease.units;
  v_counter quota_counters;
  v_terms record;
  v_limit numeric;
  v_lacking numeric;
  v_period_end timestamptz;
begin
  if v_lease.id is null or v_lease.organization_id <> p_org or v_lease.kind <> 'reservation' then return 'unknown'; end if;
  if v_lease.state <> 'open' then return v_lease.state; end if;
  if v_lease.reclaim_at <= clock_timestamp() then return 'expired'; end if;
  if v_more <= 0 then return 'held'; end if;

  perform release_quota_leases(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, null);
  if v_lease.livemode then
    perform from quota_grants g where g.organization_id = p_org and g.metric = v_lease.metric order by g.id for no key update;
  end if;
  select p.period_end into v_period_end from subscriptions s cross join lateral billing_period(s.anchor, v_lease.period_start) p where s.organization_id = p_org;
  select * into v_terms from quota_terms(p_org, v_lease.livemode, v_lease.metric, least(p_at, v_period_end - interval '1 microsecond'));
  select * into v_counter from quota_counters c
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  v_limit := least(v_terms.limit_units, case when v_terms.spend_capped then coalesce(p_ceiling, v_terms.included) else p_ceiling end);
  v_lacking := v_counter.used + v_counter.leased + v_more - v_limit;
  if v_lacking > 0 then
    return case
      when recall_quota(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lacking, null) then 'recall'
      when v_counter.used + v_counter.leased + v_more <= coalesce(v_terms.limit_units, 'infinity') then 'spend_cap'
      else 'exhausted'
    end;
  end if;

  update quota_leases l set units = p_total where l.id = p_reservation;
  update quota_counters c set leased = c.leased + v_more
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  if v_lease.livemode then perform set_grant_draws(p_org, v_lease.metric, v_lease.period_start); end if;
  return 'held';
end $$;
