-- Raises a reservation to p_total units if they fit. The outcome is `held`, `recall`, `exhausted`, `spend_cap` or, if the
-- reservation is over, its state.
create function public.extend_reservation(p_org uuid, p_reservation uuid, p_total numeric, p_at timestamptz, p_ceiling numeric default null) returns public.quota_loan
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_reservation);
  v_more numeric := p_total - v_lease.units;
  v_counter quota_counters;
  v_terms record;
  v_limit numeric;
  v_lacking numeric;
  v_period_end timestamptz;
  v_loan quota_loan;
begin
  v_loan.outcome := case
    when v_lease.id is null or v_lease.organization_id <> p_org or v_lease.kind <> 'reservation' then 'unknown'
    when v_lease.state <> 'open' then v_lease.state
    when v_lease.reclaim_at <= clock_timestamp() then 'expired'
    when v_more <= 0 then 'held'
  end;
  if v_loan.outcome is not null then return v_loan; end if;

  perform release_quota_leases(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, null);
  if v_lease.livemode then
    perform from quota_grants g where g.organization_id = p_org and g.metric = v_lease.metric order by g.id for no key update;
  end if;
  select p.period_end into v_period_end from subscriptions s cross join lateral billing_period(s.anchor, v_lease.period_start) p where s.organization_id = p_org;
  select * into v_terms from quota_terms(p_org, v_lease.livemode, v_lease.metric, least(p_at, v_period_end - interval '1 microsecond'));
  select * into v_counter from quota_counters c
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  v_limit := least(v_terms.limit_units, case when v_terms.spend_capped then coalesce(p_ceiling, v_terms.included) else p_ceiling end);
  v_loan := row('held', v_lease.id, p_total, true, v_counter.used, v_counter.leased, v_terms.included, v_limit, v_lease.period_start, v_period_end, null);
  v_lacking := v_counter.used + v_counter.leased + v_more - v_limit;
  if v_lacking > 0 then
    v_loan.outcome := case
      when recall_quota(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lacking, null) then 'recall'
      when v_counter.used + v_counter.leased + v_more <= coalesce(v_terms.limit_units, 'infinity') then 'spend_cap'
      else 'exhausted'
    end;
    update quota_counters c set refused_at = clock_timestamp()
    where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
    v_loan.fits_in_ms := quota_fits_in_ms(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lacking, p_reservation);
    return v_loan;
  end if;

  update quota_leases l set units = p_total where l.id = p_reservation;
  update quota_counters c set leased = c.leased + v_more
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  if v_lease.livemode then perform set_grant_draws(p_org, v_lease.metric, v_lease.period_start); end if;
  v_loan.leased := v_counter.leased + v_more;
  return v_loan;
end $$;
