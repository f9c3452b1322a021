-- Spreads what a period needs beyond the included quantity over the grants, the soonest to expire first. Units that are
-- lent count as used: else two periods could lend the same granted unit. What counts is what held when the counter was last
-- used, so that usage that is recorded late draws on what was there when it happened. The caller holds the counter's lock.
create function public.set_grant_draws(p_org uuid, p_metric text, p_period_start timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_at timestamptz;
  v_needed numeric;
begin
  perform from quota_grants g where g.organization_id = p_org and g.metric = p_metric order by g.id for no key update;
  if not found then return; end if;

  select least(greatest(c.as_of, p_period_start), p.period_end - interval '1 microsecond') into v_at
  from quota_counters c join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, p_period_start) p
  where c.organization_id = p_org and c.livemode and c.metric = p_metric and c.period_start = p_period_start;

  -- Unlimited draws nothing.
  select coalesce(greatest(0, c.used + c.leased - t.base_included), 0) into v_needed
  from quota_counters c cross join lateral quota_terms(p_org, true, p_metric, v_at) t
  where c.organization_id = p_org and c.livemode and c.metric = p_metric and c.period_start = p_period_start;

  insert into quota_grant_draws as t (grant_id, period_start, units)
  select k.id, p_period_start, greatest(0, least(k.capacity, v_needed - k.before))
  from (
    select c.id, c.capacity, c.drawn, coalesce(sum(c.capacity) over (
      order by c.ends_at nulls last, c.granted_at, c.id rows between unbounded preceding and 1 preceding
    ), 0) as before
    from (
      select g.id, g.granted_at, e.ends_at, o.drawn,
        case when g.granted_at <= v_at and coalesce(e.ends_at > v_at, true) then greatest(0, g.units - o.elsewhere) else coalesce(o.drawn, 0) end as capacity
      from quota_grants g
      cross join lateral (select least(g.expires_at, g.revoked_at) as ends_at) e
      cross join lateral (
        select sum(d.units) filter (where d.period_start = p_period_start) as drawn,
          coalesce(sum(d.units) filter (where d.period_start <> p_period_start), 0) as elsewhere
        from quota_grant_draws d where d.grant_id = g.id
      ) o
      where g.organization_id = p_org and g.metric = p_metric
    ) c
  ) k
  where coalesce(k.drawn, 0) <> greatest(0, least(k.capacity, v_needed - k.before))
  on conflict (grant_id, period_start) do update set units = excluded.units;
end $$;
