-- Lends between p_need and p_want units, fewer the nearer the limit is; a reservation exactly p_need. The first round looks
-- without a lock, so that those who get nothing disturb nobody; the second decides under the counter's lock.
-- p_ceiling is the highest used + leased that the spend cap allows; without it a capped organization gets no overage.
create function public.take_quota(
  p_kind text, p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_need numeric, p_want numeric,
  p_holder uuid, p_use_ms integer, p_reclaim_ms integer, p_ceiling numeric
) returns public.quota_loan
language plpgsql set search_path = public as $$
declare
  v_terms record;
  v_counter quota_counters;
  v_limit numeric;
  v_available numeric;
  v_block numeric;
  v_known boolean;
  v_granted boolean := false;
  v_loan quota_loan;
begin
  if p_need is null or p_need <= 0 then raise exception 'units must be more than 0' using errcode = '22023'; end if;
  if p_holder is not null then
    perform pg_advisory_xact_lock_shared(hashtextextended('quota_holder:' || p_holder, 0));
    if exists (select from quota_released_holders r where r.holder_id = p_holder) then
      raise exception 'the leases of process % were released; it gets no more', p_holder using errcode = 'TG005';
    end if;
  end if;

  for v_round in 1..2 loop
    if v_round = 2 then
      if not v_known then
        insert into quota_counters (organization_id, livemode, metric, period_start) values (p_org, p_livemode, p_metric, v_terms.period_start)
        on conflict do nothing;
      end if;
      perform from quota_counters c
      where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = v_terms.period_start for update;
      perform release_quota_leases(p_org, p_livemode, p_metric, v_terms.period_start, null);
      if p_livemode then
        perform from quota_grants g where g.organization_id = p_org and g.metric = p_metric order by g.id for no key update;
        v_granted := found;
      end if;
    end if;

    -- Read again under the lock: terms and counter may have changed while this waited for it.
    select * into v_terms from quota_terms(p_org, p_livemode, p_metric, p_at);
    if not found then raise exception 'organization % has no subscription, or there is no metric %', p_org, p_metric using errcode = 'TG004'; end if;
    select * into v_counter from quota_counters c
    where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = v_terms.period_start;
    v_known := found;
    v_limit := least(v_terms.limit_units, case when v_terms.spend_capped then coalesce(p_ceiling, v_terms.included) else p_ceiling end);
    v_loan := row(null, null, 0, false, coalesce(v_counter.used, 0), coalesce(v_counter.leased, 0), v_terms.included, v_limit, v_terms.period_start, v_terms.period_end, null);

    if p_kind = 'reservation' and v_terms.aggregation <> 'sum' or v_terms.aggregation = 'unique' and v_limit is not null then
      raise exception 'units of a metric of aggregation % cannot be lent', v_terms.aggregation using errcode = 'TG006';
    end if;
    if v_terms.aggregation not in ('sum', 'count') then
      -- A value to be reached needs no lending: it fits or it does not.
      v_loan.outcome := case when v_limit is null or p_need <= v_limit then 'unbounded' when p_need <= coalesce(v_terms.limit_units, p_need) then 'spend_cap' else 'exhausted' end;
      return v_loan;
    end if;
    if v_limit is null and p_kind = 'lease' then
      v_loan.outcome := 'unbounded';
      return v_loan;
    end if;

    v_available := v_limit - v_loan.used - v_loan.leased;
    if v_available < p_need then
      if v_round = 1 and exists (
        select from quota_leases l
        where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = v_terms.period_start
          and l.state = 'open' and l.reclaim_at <= clock_timestamp()
      ) then continue; end if;
      -- Whoever is refused while units are lent is told when they come back; that is noted under the lock, for else they
      -- could come back in between.
      if v_round = 1 and v_loan.leased > 0 and v_counter.refused_at is null then continue; end if;
      if v_round = 2 then
        update quota_counters c set refused_at = clock_timestamp()
        where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = v_terms.period_start;
      end if;

      v_loan.fits_in_ms := quota_fits_in_ms(p_org, p_livemode, p_metric, v_terms.period_start, p_need - v_available);
      v_loan.outcome := case
        when recall_quota(p_org, p_livemode, p_metric, v_terms.period_start, p_need - v_available, p_holder) then 'recall'
        when v_loan.used + v_loan.leased + p_need <= coalesce(v_terms.limit_units, 'infinity') then 'spend_cap'
        else 'exhausted'
      end;
      return v_loan;
    end if;
  end loop;

  v_block := floor(v_available / 8);
  v_loan.outcome := 'lent';
  v_loan.dry := p_kind = 'reservation' or v_block < p_need;
  v_loan.units := case when v_loan.dry then p_need else least(greatest(p_want, p_need), v_block) end;
  v_loan.leased := v_loan.leased + v_loan.units;
  insert into quota_leases (organization_id, livemode, metric, period_start, kind, holder_id, dry, units, lent_at, use_until, reclaim_at)
  values (
    p_org, p_livemode, p_metric, v_terms.period_start, p_kind, p_holder, v_loan.dry, v_loan.units, clock_timestamp(),
    clock_timestamp() + make_interval(secs => p_use_ms / 1000.0), clock_timestamp() + make_interval(secs => p_reclaim_ms / 1000.0)
  )
  returning id into v_loan.lease_id;
  update quota_counters c set leased = v_loan.leased, as_of = greatest(c.as_of, p_at)
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = v_terms.period_start;
  if v_granted then perform set_grant_draws(p_org, p_metric, v_terms.period_start); end if;
  return v_loan;
end $$;
