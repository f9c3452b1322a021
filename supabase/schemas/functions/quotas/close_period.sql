-- Freezes what an organization's period came to, under its ledger: what was stored by the cutoff is in it, and what is stored
-- later is kept apart as late. Says whether it was open until now: running late, twice or at once with another changes
-- nothing. A level lives on, so a gauge's counter of the next period is opened; for the same reason periods that are not billed
-- yet are closed in order: what is reported late for one of them may change those after it.
create function public.close_period(p_org uuid, p_period_start timestamptz, p_at timestamptz) returns boolean
language plpgsql set search_path = public as $$
declare
  v_cutoff timestamptz;
  v_end timestamptz;
  v_next_end timestamptz;
  v_before timestamptz;
  v_metric text;
begin
  select g.stored_through into v_cutoff from usage_ledgers g where g.organization_id = p_org for update;
  select p.period_end, n.period_end into v_end, v_next_end
  from subscriptions s
  cross join lateral billing_period(s.anchor, p_period_start) p
  cross join lateral billing_period(s.anchor, p.period_end) n
  where s.organization_id = p_org and p.period_start = p_period_start;
  if v_cutoff is null or v_end is null then
    raise exception 'organization % has no period that begins at %', p_org, p_period_start using errcode = 'TG004';
  end if;
  if v_end > p_at then raise exception 'the period that begins at % has not ended', p_period_start using errcode = 'TG007'; end if;

  select p.period_start into v_before
  from billing_accounts a join subscriptions s using (organization_id)
  cross join lateral billing_period(s.anchor, p_period_start - interval '1 microsecond') p
  where a.organization_id = p_org and p.period_start >= a.billed_through;
  if v_before is not null and not exists (select from closed_periods c where c.organization_id = p_org and c.period_start = v_before) then
    perform close_period(p_org, v_before, p_at);
  end if;

  insert into closed_periods (organization_id, period_start, period_end, stored_through, closed_at)
  values (p_org, p_period_start, v_end, v_cutoff, p_at) on conflict do nothing;
  if not found then
    update quota_counters c set closed_at = p_at where c.organization_id = p_org and c.period_start = p_period_start and c.closed_at is null;
    return false;
  end if;

  -- A gauge that was not reported in the period stands where it stood before.
  insert into quota_counters (organization_id, livemode, metric, period_start, used, highest)
  select p_org, k.livemode, k.metric, p_period_start, case m.aggregation when 'last' then g.level else g.highest end, g.highest
  from (select distinct l.livemode, l.metric from usage_levels l where l.organization_id = p_org and l.at < v_end) k
  join metrics m on m.key = k.metric
  cross join lateral gauge_between(p_org, k.livemode, k.metric, p_period_start, v_end) g
  where g.highest > 0
  on conflict do nothing;

  -- All counters in the order of their key, then what hangs on them; a grant's row is taken last.
  perform from (
    select from quota_counters c where c.organization_id = p_org and c.period_start = p_period_start
    order by c.livemode, c.metric for update
  ) taken;
  perform release_quota_leases(p_org, c.livemode, c.metric, p_period_start, null)
  from (select k.livemode, k.metric from quota_counters k where k.organization_id = p_org and k.period_start = p_period_start order by 1, 2) c;
  for v_metric in
    select distinct g.metric from quota_grants g
    join quota_counters c on c.organization_id = p_org and c.livemode and c.metric = g.metric and c.period_start = p_period_start
    where g.organization_id = p_org order by 1
  loop
    perform set_grant_draws(p_org, v_metric, p_period_start);
  end loop;

  insert into quota_period_snapshots
    (organization_id, livemode, metric, period_start, period_end, plan_key, used, highest, events, included, limit_units, grant_units, taken_at)
  select p_org, c.livemode, c.metric, p_period_start, v_end, t.plan_key, c.used, c.highest, c.events, t.included, t.limit_units,
    case when c.livemode then coalesce((
      select sum(d.units) from quota_grant_draws d join quota_grants g on g.id = d.grant_id
      where g.organization_id = p_org and g.metric = c.metric and d.period_start = p_period_start
    ), 0) else 0 end,
    p_at
  from quota_counters c
  cross join lateral quota_terms(p_org, c.livemode, c.metric, v_end - interval '1 microsecond') t
  where c.organization_id = p_org and c.period_start = p_period_start;

  if (select count(*) from plan_phases(p_org, p_period_start, v_end)) = 1 then
    insert into quota_phase_snapshots
      (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
    select p_org, c.livemode, c.metric, p_period_start, f.starts_at, f.ends_at, f.plan_version_id, c.used, c.highest, c.events, t.included
    from quota_counters c cross join plan_phases(p_org, p_period_start, v_end) f
    cross join lateral quota_terms(p_org, c.livemode, c.metric, f.ends_at - interval '1 microsecond') t
    where c.organization_id = p_org and c.period_start = p_period_start;
  else
    insert into quota_phase_snapshots
      (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
    select p_org, u.livemode, u.metric, p_period_start, u.starts_at, u.ends_at, u.plan_version_id, coalesce(u.quantity, 0), coalesce(u.highest, 0), u.events,
      t.included
    from usage_by_phase(p_org, p_period_start, v_end) u
    cross join lateral quota_terms(p_org, u.livemode, u.metric, u.ends_at - interval '1 microsecond') t
    where u.events > 0 or u.highest > 0;
  end if;
  -- Where the plan alone does not say what is included, that is frozen of what was not used too.
  insert into quota_phase_snapshots
    (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
  select p_org, true, k.metric, p_period_start, f.starts_at, f.ends_at, f.plan_version_id, 0, 0, 0, t.included
  from adjusted_metrics(p_org, p_period_start, v_end) k
  cross join plan_phases(p_org, p_period_start, v_end) f
  cross join lateral quota_terms(p_org, true, k.metric, f.ends_at - interval '1 microsecond') t
  on conflict do nothing;
  update quota_counters c set closed_at = p_at where c.organization_id = p_org and c.period_start = p_period_start;

  insert into quota_counters (organization_id, livemode, metric, period_start, used, highest)
  select p_org, c.livemode, c.metric, v_end, case m.aggregation when 'last' then g.level else g.highest end, g.highest
  from quota_counters c
  join metrics m on m.key = c.metric and m.aggregation in ('last', 'max')
  cross join lateral gauge_between(p_org, c.livemode, c.metric, v_end, v_next_end) g
  where c.organization_id = p_org and c.period_start = p_period_start and g.highest > 0
  on conflict do nothing;
  return true;
end $$;
