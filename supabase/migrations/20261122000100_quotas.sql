-- Quotas: how much of each metric a billing period has used, and the units that are lent to processes meanwhile.
-- Why this cannot overshoot: docs/decisions/0007-quota-leases.md.
--
-- Order of locks, everywhere: usage_ledgers, quota_counters (by primary key), quota_leases, quota_grants (by id),
-- usage_alerts. A lease is changed only under the lock of its counter.
-- Leases end by the clock of the database, so clocks of processes that disagree do no harm.

-- One row per period. The recording transaction moves it; `leased` is the sum of what is outstanding on open leases.
create table public.quota_counters (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  period_start timestamptz not null,
  -- By the metric's aggregation: the sum, the number of events, the highest, the latest, the number of distinct values.
  used numeric not null default 0 check (used >= 0),
  leased numeric not null default 0 check (leased >= 0),
  -- The highest value of the period; it differs from `used` only where the latest value counts.
  highest numeric not null default 0,
  events bigint not null default 0,
  -- Kept only for metrics whose aggregation is last.
  last_at timestamptz,
  -- The latest instant of the application that this counter has heard of: it may be ahead of the database's clock.
  as_of timestamptz not null default '-infinity',
  -- When holders of leases were last asked to return what they can spare.
  recalled_at timestamptz,
  -- When the snapshot of the ended period was written.
  closed_at timestamptz,
  primary key (organization_id, livemode, metric, period_start)
) with (fillfactor = 50);
create index quota_counters_unclosed on public.quota_counters (period_start) where closed_at is null;

-- A block of units lent to one process (kind lease), or set aside for one call whose cost is not known yet (reservation).
-- Every unit leaves in one of three ways: settled with the event that used it, returned by the holder, released.
create table public.quota_leases (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  period_start timestamptz not null,
  kind text not null check (kind in ('lease', 'reservation')),
  -- The process; null for a reservation, which any process may commit.
  holder_id uuid,
  -- released: the holder is dead, or the time is over. expired: the same for a reservation.
  state text not null default 'open' check (state in ('open', 'closed', 'released', 'expired')),
  -- Nothing of it waits to be handed out, so there is nothing to recall.
  dry boolean not null,
  units numeric not null check (units > 0),
  settled numeric not null default 0 check (settled >= 0),
  returned numeric not null default 0 check (returned >= 0),
  released numeric not null default 0 check (released >= 0),
  outstanding numeric not null generated always as (units - settled - returned - released) stored,
  -- What the settling events carried of the metric: what a reservation came to.
  consumed numeric not null default 0,
  lent_at timestamptz not null,
  use_until timestamptz not null,
  reclaim_at timestamptz not null,
  closed_at timestamptz,
  check (settled + returned + released <= units),
  check (state = 'open' or settled + returned + released = units),
  check ((holder_id is null) = (kind = 'reservation'))
) with (fillfactor = 70);
create index quota_leases_open on public.quota_leases (organization_id, livemode, metric, period_start) where state = 'open';
create index quota_leases_holder on public.quota_leases (holder_id) where state = 'open' and holder_id is not null;
create index quota_leases_reclaim on public.quota_leases (reclaim_at) where state = 'open';
create index quota_leases_closed on public.quota_leases (closed_at) where state <> 'open';

-- Processes known to be dead. A request that one of them had under way must not get a lease that nobody would return.
create table public.quota_released_holders (
  holder_id uuid primary key,
  released_at timestamptz not null default now()
);

-- What a period came to when it was over. Written once; usage that is reported later moves the counter only.
create table public.quota_period_snapshots (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  plan_key text not null,
  used numeric not null,
  highest numeric not null,
  events bigint not null,
  -- Null is unlimited.
  included numeric,
  limit_units numeric,
  grant_units numeric not null,
  taken_at timestamptz not null,
  primary key (organization_id, livemode, metric, period_start)
);

create table public.usage_alerts (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  period_start timestamptz not null,
  level text not null check (level in ('80', '90', '100', 'overage')),
  status text not null default 'pending' check (status in ('pending', 'sent', 'acknowledged', 'resolved')),
  used numeric not null,
  included numeric not null,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at timestamptz,
  check ((status = 'resolved') = (resolved_at is not null))
);
-- One alert each, however many batches jump over a level at once; resolved ones make room for the next crossing.
create unique index usage_alerts_one_open on public.usage_alerts (organization_id, metric, period_start, level) where status <> 'resolved';
create index usage_alerts_organization on public.usage_alerts (organization_id, created_at desc);

-- What holds for a metric at an instant. Null included or limit_units is unlimited. A grant counts while it lives with what
-- other periods left of it, afterwards with what this period drew. Test usage has the included quantity, held hard.
create function public.quota_terms(p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz)
returns table (
  period_start timestamptz, period_end timestamptz, plan_key text, aggregation text, enforcement text,
  included numeric, limit_units numeric, base_included numeric, spend_capped boolean
)
language sql stable set search_path = public as $$
  select p.period_start, p.period_end, v.plan_key, m.aggregation, e.enforcement,
    x.included + g.units,
    x.included + g.units + case when e.enforcement = 'overage' then l.overage_limit else 0 end,
    x.included,
    e.enforcement = 'overage' and s.spend_cap_minor is not null
  from subscriptions s
  cross join lateral billing_period(s.anchor, p_at) p
  cross join lateral (
    select f.plan_version_id from subscription_phases f
    where f.organization_id = s.organization_id and f.starts_at <= p_at
    order by f.starts_at desc limit 1
  ) f
  join plan_versions v on v.id = f.plan_version_id
  join metrics m on m.key = p_metric
  left join plan_limits l on l.plan_version_id = f.plan_version_id and l.metric = p_metric
  left join quota_overrides o on o.organization_id = s.organization_id and o.metric = p_metric
  cross join lateral (select case when p_livemode then coalesce(l.enforcement, 'hard') else 'hard' end as enforcement) e
  cross join lateral (select case when o.metric is null then l.included else o.included end as included) x
  cross join lateral (
    select coalesce(sum(
      case when q.granted_at <= p_at and coalesce(q.expires_at > p_at, true) and coalesce(q.revoked_at > p_at, true)
        then greatest(0, q.units - coalesce((select sum(d.units) from quota_grant_draws d where d.grant_id = q.id and d.period_start <> p.period_start), 0))
        else coalesce((select d.units from quota_grant_draws d where d.grant_id = q.id and d.period_start = p.period_start), 0)
      end
    ), 0) as units
    from quota_grants q where p_livemode and q.organization_id = s.organization_id and q.metric = p_metric
  ) g
  where s.organization_id = p_org;
$$;

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

-- Releases the open leases of a counter that belong to p_holder or, where that is null, whose time is over; gives back how
-- many. The caller holds the counter's lock.
create function public.release_quota_leases(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_holder uuid) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
  v_units numeric;
begin
  with gone as (
    update quota_leases l set
      state = case l.kind when 'lease' then 'released' else 'expired' end, released = l.released + l.outstanding, closed_at = clock_timestamp()
    where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
      and case when p_holder is null then l.reclaim_at <= clock_timestamp() else l.holder_id = p_holder end
    returning l.released as units
  )
  select count(*), coalesce(sum(units), 0) into v_count, v_units from gone;
  perform give_back_quota(p_org, p_livemode, p_metric, p_period_start, v_units);
  return v_count;
end $$;

create type public.quota_loan as (
  -- lent; unbounded: nothing needs lending; recall: ask again in a moment; exhausted and spend_cap: definite.
  outcome text,
  lease_id uuid,
  units numeric,
  dry boolean,
  used numeric,
  leased numeric,
  included numeric,
  -- With the ceiling of the spend cap; null is unbounded.
  limit_units numeric,
  period_start timestamptz,
  period_end timestamptz
);

-- Whether living holders may have the units that are lacking; if so, calls for them: each returns what it has not handed out.
create function public.recall_quota(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_lacking numeric, p_holder uuid) returns boolean
language plpgsql set search_path = public as $$
declare
  v_recallable numeric;
begin
  select coalesce(sum(l.outstanding), 0) into v_recallable from quota_leases l
  where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start
    and l.state = 'open' and not l.dry and l.holder_id is distinct from p_holder;
  if v_recallable < p_lacking then return false; end if;
  -- Many ask again and again: one in 30 ms calls.
  update quota_counters c set recalled_at = clock_timestamp()
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = p_period_start
    and coalesce(c.recalled_at, '-infinity') < clock_timestamp() - interval '30 milliseconds';
  if found then
    perform pg_notify('quota_recall', concat_ws('|', p_org, p_livemode::text, p_metric, (extract(epoch from p_period_start) * 1000)::bigint));
  end if;
  return true;
end $$;

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
    v_loan := row(null, null, 0, false, coalesce(v_counter.used, 0), coalesce(v_counter.leased, 0), v_terms.included, v_limit, v_terms.period_start, v_terms.period_end);

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

-- Lends a block of units to a process, which may hand them out for p_use_ms; what is not settled after p_reclaim_ms is released.
create function public.lend_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_need numeric, p_want numeric,
  p_holder uuid, p_use_ms integer, p_reclaim_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('lease', p_org, p_livemode, p_metric, p_at, p_need, p_want, p_holder, p_use_ms, p_reclaim_ms, p_ceiling);
$$;

-- Sets exactly p_units aside for a call whose cost is known only later.
create function public.reserve_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_units numeric, p_ttl_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('reservation', p_org, p_livemode, p_metric, p_at, p_units, p_units, null, p_ttl_ms, p_ttl_ms, p_ceiling);
$$;

-- Takes the lock of a lease's counter, and gives back the lease as it is under it.
create function public.lock_quota_lease(p_lease uuid) returns public.quota_leases
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases;
begin
  perform from quota_counters c
  where (c.organization_id, c.livemode, c.metric, c.period_start) = (
    select l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l where l.id = p_lease
  ) for update;
  select * into v_lease from quota_leases l where l.id = p_lease;
  return v_lease;
end $$;

-- Takes back what a living holder did not hand out: a total, so that a repetition is harmless.
create function public.return_quota(p_lease uuid, p_returned_total numeric, p_dry boolean) returns void
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_lease);
  v_units numeric := least(greatest(0, p_returned_total - v_lease.returned), v_lease.outstanding);
begin
  if v_lease.state is distinct from 'open' then return; end if;
  update quota_leases l set
    returned = l.returned + v_units,
    dry = l.dry or p_dry,
    state = case when l.outstanding = v_units then 'closed' else 'open' end,
    closed_at = case when l.outstanding = v_units then clock_timestamp() end
  where l.id = p_lease;
  perform give_back_quota(v_lease.organization_id, v_lease.livemode, v_lease.metric, v_lease.period_start, v_units);
end $$;

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

-- Gives a reservation up; gives back the state it is in afterwards, null if there is none.
create function public.release_reservation(p_org uuid, p_reservation uuid) returns text
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_reservation);
begin
  if v_lease.id is null or v_lease.organization_id <> p_org or v_lease.kind <> 'reservation' then return null; end if;
  if v_lease.state <> 'open' then return v_lease.state; end if;
  update quota_leases l set released = l.released + l.outstanding, state = 'released', closed_at = clock_timestamp() where l.id = p_reservation;
  perform give_back_quota(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lease.outstanding);
  return 'released';
end $$;

-- Releases everything a process held that is dead and whose durable events are recorded; gives back how many leases.
create function public.release_quota_holder(p_holder uuid) returns integer
language plpgsql set search_path = public as $$
declare
  v_key record;
  v_count integer := 0;
begin
  -- Waits for what the process had under way; whatever comes later finds it in the list.
  perform pg_advisory_xact_lock(hashtextextended('quota_holder:' || p_holder, 0));
  insert into quota_released_holders (holder_id) values (p_holder) on conflict do nothing;
  for v_key in
    select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
    where l.holder_id = p_holder and l.state = 'open' order by 1, 2, 3, 4
  loop
    perform from quota_counters c
    where c.organization_id = v_key.organization_id and c.livemode = v_key.livemode and c.metric = v_key.metric and c.period_start = v_key.period_start for update;
    v_count := v_count + release_quota_leases(v_key.organization_id, v_key.livemode, v_key.metric, v_key.period_start, p_holder);
  end loop;
  return v_count;
end $$;

-- Releases every lease and reservation whose time is over; lending does the same for the counter it lends from.
create function public.release_expired_quota() returns integer
language plpgsql set search_path = public as $$
declare
  v_key record;
  v_count integer := 0;
begin
  for v_key in
    select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
    where l.state = 'open' and l.reclaim_at <= clock_timestamp() order by 1, 2, 3, 4
  loop
    perform from quota_counters c
    where c.organization_id = v_key.organization_id and c.livemode = v_key.livemode and c.metric = v_key.metric and c.period_start = v_key.period_start for update;
    v_count := v_count + release_quota_leases(v_key.organization_id, v_key.livemode, v_key.metric, v_key.period_start, null);
  end loop;
  return v_count;
end $$;

-- The levels that usage has reached. The included quantity must be finite and more than 0.
create function public.alert_levels(p_used numeric, p_included numeric, p_enforcement text) returns setof text
language sql immutable parallel safe as $$
  select l.level from (values ('80', 0.8), ('90', 0.9), ('100', 1.0)) l (level, share) where p_included > 0 and p_used >= p_included * l.share
  union all
  select 'overage' where p_included > 0 and p_enforcement = 'overage' and p_used > p_included;
$$;

-- Resolves the alerts that usage has come back under: after a grant, an override, another plan, or when a gauge sank. For an
-- ended period its last instant counts. Takes no counter's lock, so it may be called by whoever changes the terms. Gives
-- back how many.
create function public.resolve_usage_alerts(p_org uuid, p_at timestamptz, p_metric text default null) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
begin
  with present as materialized (
    select a.id, a.level, c.used, t.included, t.enforcement
    from usage_alerts a
    join subscriptions s on s.organization_id = a.organization_id
    cross join lateral billing_period(s.anchor, a.period_start) p
    cross join lateral quota_terms(p_org, true, a.metric, greatest(a.period_start, least(p_at, p.period_end - interval '1 microsecond'))) t
    join quota_counters c on c.organization_id = p_org and c.livemode and c.metric = a.metric and c.period_start = a.period_start
    where a.organization_id = p_org and a.status <> 'resolved' and (p_metric is null or a.metric = p_metric)
  )
  update usage_alerts a set status = 'resolved', resolved_at = clock_timestamp()
  from present p
  where a.id = p.id and a.status <> 'resolved' and not exists (select from alert_levels(p.used, p.included, p.enforcement) l where l = p.level);
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- Recording, with counters ---------------------------------------------------------------------------------------------

-- As before, but whoever waited for the lock looks into the catalogue itself: what to_regclass said a moment ago is remembered
-- by the session, so it would not see the partition that another session has just made.
create or replace function public.ensure_usage_partition(p_month date) returns void
language plpgsql set search_path = public as $$
declare
  v_from date := date_trunc('month', p_month);
  v_name text := 'usage_events_' || to_char(v_from, 'YYYY_MM');
begin
  if to_regclass(v_name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('ensure_usage_partition', 0));
  if exists (select from pg_class where relname = v_name and relnamespace = 'public'::regnamespace) then return; end if;
  execute format('create table %I (like usage_events including defaults including constraints)', v_name);
  -- The identity of an event: organization, source and id (a source belongs to one organization).
  execute format('create unique index %I on %I (source_id, event_key)', v_name || '_identity', v_name);
  execute format('create index %I on %I using brin (occurred_at timestamptz_minmax_multi_ops, stored_at) with (pages_per_range = 32, autosummarize = on)', v_name || '_time', v_name);
  execute format('alter table %I enable row level security', v_name);
  execute format('revoke all on %I from anon, authenticated', v_name);
  execute format('alter table usage_events attach partition %I for values from (%L) to (%L)',
    v_name, v_from::timestamp at time zone 'UTC', (v_from + interval '1 month')::timestamp at time zone 'UTC');
end $$;

-- usage_batch now also has what was lent for an event; usage_events does not keep it.
create or replace function public.prepare_usage_batch() returns void
language plpgsql set search_path = public, pg_temp set client_min_messages = warning as $$
begin
  if exists (select from pg_attribute where attrelid = to_regclass('pg_temp.usage_batch') and attname = 'lease_units') then
    delete from usage_batch;
  else
    drop table if exists pg_temp.usage_batch;
    create temp table usage_batch ("position" integer not null, like usage_events, lease_ids uuid[], lease_units numeric[]) on commit delete rows;
    alter table usage_batch alter column stored_at drop not null;
  end if;
end $$;

-- Adds the sums of usage_batch to usage_rollups and usage_daily, and hands the sums per day on.
drop function public.add_usage_batch_to_sums();
create function public.add_usage_batch_to_sums() returns public.usage_daily[]
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_hours usage_rollups[] := array(select h from usage_batch_rollups() h);
  v_days usage_daily[] := array(select d from sum_rollups_by_day(v_hours) d);
begin
  insert into usage_rollups as t select * from unnest(v_hours)
  on conflict (organization_id, livemode, metric, hour, api_key_id, route) do update set
    events = t.events + excluded.events,
    quantity_sum = t.quantity_sum + excluded.quantity_sum,
    quantity_max = greatest(t.quantity_max, excluded.quantity_max),
    quantity_last = case when row(excluded.last_at, excluded.quantity_last) > row(t.last_at, t.quantity_last) then excluded.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, excluded.last_at),
    client_errors = t.client_errors + excluded.client_errors,
    server_errors = t.server_errors + excluded.server_errors,
    request_bytes = t.request_bytes + excluded.request_bytes,
    response_bytes = t.response_bytes + excluded.response_bytes,
    duration_us = t.duration_us + excluded.duration_us,
    breakdown = add_counts(t.breakdown, excluded.breakdown);

  insert into usage_daily as t select * from unnest(v_days)
  on conflict (organization_id, livemode, metric, day, api_key_id, route) do update set
    events = t.events + excluded.events,
    quantity_sum = t.quantity_sum + excluded.quantity_sum,
    quantity_max = greatest(t.quantity_max, excluded.quantity_max),
    quantity_last = case when row(excluded.last_at, excluded.quantity_last) > row(t.last_at, t.quantity_last) then excluded.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, excluded.last_at),
    client_errors = t.client_errors + excluded.client_errors,
    server_errors = t.server_errors + excluded.server_errors,
    request_bytes = t.request_bytes + excluded.request_bytes,
    response_bytes = t.response_bytes + excluded.response_bytes,
    duration_us = t.duration_us + excluded.duration_us,
    breakdown = add_counts(t.breakdown, excluded.breakdown);
  return v_days;
end $$;

-- Adds the distinct values of usage_batch to usage_unique_values, and says how many of them are new to their period.
create function public.add_usage_batch_to_unique_values()
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, added bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
begin
  return query
  with added as (
    insert into usage_unique_values (organization_id, livemode, metric, day, value_sha256)
    select distinct b.organization_id, b.livemode, q.key, (b.occurred_at at time zone 'UTC')::date, sha256(convert_to(q.value #>> '{}', 'UTF8'))
    from usage_batch b
    cross join lateral jsonb_each(b.quantities) q
    where b.quantities ?| v_unique_metrics and q.key = any (v_unique_metrics)
    on conflict do nothing
    returning organization_id, livemode, metric, day, value_sha256
  )
  -- What this statement inserts it does not see: held is what other days of the period had before.
  select a.organization_id, a.livemode, a.metric, p.period_start, count(distinct a.value_sha256)
  from added a
  join subscriptions s on s.organization_id = a.organization_id
  cross join lateral billing_period(s.anchor, a.day::timestamp at time zone 'UTC') p
  where not exists (
    select from generate_series(p.period_start at time zone 'UTC', (p.period_end at time zone 'UTC') - interval '1 day', interval '1 day') d (day)
    join usage_unique_values u on u.organization_id = a.organization_id and u.livemode = a.livemode and u.metric = a.metric
      and u.day = d.day::date and u.value_sha256 = a.value_sha256
  )
  group by 1, 2, 3, 4;
end $$;

-- Settles what was lent for the events of usage_batch against their leases, which are theirs even if another process
-- records the events. What is gone is settled against nothing. The caller holds the counters' locks.
create function public.settle_usage_batch_leases() returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  v_spare uuid[];
begin
  with asked as (
    select l.id, sum(u.units) as units,
      sum(case when m.aggregation = 'count' then 1 when jsonb_typeof(b.quantities -> l.metric) = 'number' then (b.quantities ->> l.metric)::numeric else 0 end) as consumed
    from usage_batch b
    cross join lateral unnest(b.lease_ids, b.lease_units) u (lease_id, units)
    join quota_leases l on l.id = u.lease_id and l.organization_id = b.organization_id
    join metrics m on m.key = l.metric
    where b.lease_ids is not null and l.state = 'open'
    group by l.id
  ),
  settled as materialized (
    select l.*, a.consumed as now_consumed, case l.kind when 'reservation' then l.outstanding else least(l.outstanding, greatest(0, a.units)) end as now_settled
    from asked a join quota_leases l on l.id = a.id
  ),
  leases as (
    update quota_leases l set
      settled = l.settled + s.now_settled,
      consumed = l.consumed + s.now_consumed,
      state = case when l.outstanding = s.now_settled then 'closed' else 'open' end,
      closed_at = case when l.outstanding = s.now_settled then clock_timestamp() end
    from settled s where l.id = s.id
  ),
  counters as (
    update quota_counters c set leased = c.leased - s.units
    from (select organization_id, livemode, metric, period_start, sum(now_settled) as units from settled group by 1, 2, 3, 4) s
    where c.organization_id = s.organization_id and c.livemode = s.livemode and c.metric = s.metric and c.period_start = s.period_start
  )
  select array_agg(distinct s.organization_id) into v_spare from settled s where s.kind = 'reservation' and s.now_settled > s.now_consumed;
  perform pg_notify('quota_changed', o::text) from unnest(v_spare) o;
end $$;

-- Moves the counters by the sums of usage_batch, settles its leases, and does what follows from where the counters stand:
-- draws on grants, alerts. The caller holds the ledgers of the batch's organizations.
create function public.count_usage_batch(p_days public.usage_daily[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_moved quota_counters[];
  v_leased boolean := exists (select from usage_batch where lease_ids is not null);
  v_key record;
begin
  -- One statement takes all counters in order of their key, also those where units only are settled.
  with heard as (select b.organization_id, max(b.occurred_at) as at from usage_batch b group by 1),
  daily as (
    select d.organization_id, d.livemode, d.metric, d.day, sum(d.events) as events, sum(d.quantity_sum) as total, max(d.quantity_max) as highest,
      (max(array[extract(epoch from d.last_at), d.quantity_last]) filter (where d.last_at is not null))[2] as latest, max(d.last_at) as last_at
    from unnest(p_days) d group by 1, 2, 3, 4
  ),
  moves as (
    select d.organization_id, d.livemode, d.metric, p.period_start, m.aggregation, sum(d.events)::bigint as events, sum(d.total) as total,
      max(d.highest) as highest, (max(array[extract(epoch from d.last_at), d.latest]) filter (where d.last_at is not null))[2] as latest,
      max(d.last_at) as last_at, max(least(h.at, p.period_end)) as as_of
    from daily d
    join metrics m on m.key = d.metric
    join subscriptions s on s.organization_id = d.organization_id
    join heard h on h.organization_id = d.organization_id
    cross join lateral billing_period(s.anchor, d.day::timestamp at time zone 'UTC') p
    group by 1, 2, 3, 4, 5
    union all
    select l.organization_id, l.livemode, l.metric, l.period_start, null, 0, 0, 0, null, null, '-infinity'
    from quota_leases l
    where v_leased and l.id in (select unnest(b.lease_ids) from usage_batch b)
  ),
  values_moved as (
    select organization_id, livemode, metric, period_start, events, last_at, as_of,
      case aggregation when 'sum' then total when 'count' then events when 'max' then highest when 'last' then latest else 0 end as used,
      case aggregation when 'last' then highest else 0 end as highest
    from (
      select organization_id, livemode, metric, period_start, max(aggregation) as aggregation, sum(events)::bigint as events, sum(total) as total,
        max(highest) as highest, max(latest) as latest, max(last_at) as last_at, max(as_of) as as_of
      from moves group by 1, 2, 3, 4
    ) k
  ),
  moved as (
    insert into quota_counters as t (organization_id, livemode, metric, period_start, used, highest, events, last_at, as_of)
    select organization_id, livemode, metric, period_start, used, greatest(used, highest), events, last_at, as_of
    from values_moved order by 1, 2, 3, 4
    on conflict (organization_id, livemode, metric, period_start) do update set
      used = case (select m.aggregation from metrics m where m.key = excluded.metric)
        when 'max' then greatest(t.used, excluded.used)
        when 'last' then case
          when row(coalesce(excluded.last_at, '-infinity'), excluded.used) > row(coalesce(t.last_at, '-infinity'), t.used) then excluded.used else t.used
        end
        else t.used + excluded.used
      end,
      highest = case (select m.aggregation from metrics m where m.key = excluded.metric)
        when 'max' then greatest(t.highest, excluded.highest)
        when 'last' then greatest(t.highest, excluded.highest)
        else t.highest + excluded.highest
      end,
      events = t.events + excluded.events,
      last_at = greatest(t.last_at, excluded.last_at),
      as_of = greatest(t.as_of, excluded.as_of)
    returning t as counter
  )
  select array_agg(m.counter) into v_moved from moved m;

  if exists (select from unnest(p_days) d join metrics m on m.key = d.metric where m.aggregation = 'unique') then
    update quota_counters c set used = c.used + n.added, highest = c.highest + n.added
    from add_usage_batch_to_unique_values() n
    where c.organization_id = n.organization_id and c.livemode = n.livemode and c.metric = n.metric and c.period_start = n.period_start;
  end if;
  if v_leased then perform settle_usage_batch_leases(); end if;

  for v_key in
    select m.organization_id, m.metric, m.period_start from unnest(v_moved) m
    where m.livemode and exists (select from quota_grants g where g.organization_id = m.organization_id and g.metric = m.metric)
    order by 1, 2, 3
  loop
    perform set_grant_draws(v_key.organization_id, v_key.metric, v_key.period_start);
  end loop;
  perform raise_usage_alerts(v_moved, p_stored_at);
end $$;

-- Leaves an alert for each level that the counters have reached, and resolves those they have come back under.
create function public.raise_usage_alerts(p_counters public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_gauge record;
begin
  -- Events are recorded a moment after they happen: what counts is what holds now or, where time was put forward, then.
  insert into usage_alerts (organization_id, metric, period_start, level, used, included)
  select c.organization_id, c.metric, c.period_start, l.level, c.used, t.included
  from unnest(p_counters) k
  join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
  join subscriptions s on s.organization_id = c.organization_id
  cross join lateral billing_period(s.anchor, c.period_start) p
  cross join lateral quota_terms(c.organization_id, true, c.metric, least(greatest(c.as_of, p_stored_at), p.period_end - interval '1 microsecond')) t
  cross join lateral alert_levels(c.used, t.included, t.enforcement) l (level)
  where k.livemode
  order by 1, 2, 3, 4
  on conflict (organization_id, metric, period_start, level) where status <> 'resolved' do nothing;

  for v_gauge in
    select c.organization_id, c.metric, max(greatest(c.as_of, p_stored_at)) as at
    from unnest(p_counters) k join metrics m on m.key = k.metric and m.aggregation = 'last'
    join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
    where k.livemode and exists (
      select from usage_alerts a where a.organization_id = k.organization_id and a.metric = k.metric and a.status <> 'resolved'
    )
    group by 1, 2 order by 1, 2
  loop
    perform resolve_usage_alerts(v_gauge.organization_id, v_gauge.at, v_gauge.metric);
  end loop;
end $$;

-- Takes the locks that a fenced batch needs before anything of it is stored, and removes from it the events whose lease is
-- not open any more; says which. What is known already stays: it is a duplicate, whatever became of its lease.
create function public.drop_unleased_from_usage_batch(p_known_since timestamptz) returns setof integer
language plpgsql set search_path = public, pg_temp set client_min_messages = warning as $$
begin
  create temp table if not exists usage_batch_counters (organization_id uuid, livemode boolean, metric text, period_start timestamptz)
  on commit delete rows;
  delete from usage_batch_counters;
  insert into usage_batch_counters
  select b.organization_id, b.livemode, m.key, p.period_start
  from usage_batch b
  join subscriptions s on s.organization_id = b.organization_id
  cross join lateral jsonb_object_keys(b.quantities) q (metric)
  join metrics m on m.key = q.metric
  cross join lateral billing_period(s.anchor, b.occurred_at) p
  union
  select l.organization_id, l.livemode, l.metric, l.period_start
  from quota_leases l where l.id in (select unnest(b.lease_ids) from usage_batch b);
  insert into quota_counters (organization_id, livemode, metric, period_start)
  select organization_id, livemode, metric, period_start from usage_batch_counters order by 1, 2, 3, 4 on conflict do nothing;
  perform from (
    select from quota_counters c join usage_batch_counters k using (organization_id, livemode, metric, period_start)
    order by c.organization_id, c.livemode, c.metric, c.period_start for update of c
  ) taken;

  return query
    with unleased as materialized (
      select b.position, b.source_id, b.event_key from usage_batch b
      where exists (
        select from unnest(b.lease_ids) u (lease_id)
        where not exists (select from quota_leases l where l.id = u.lease_id and l.state = 'open')
      )
    )
    delete from usage_batch b using (
      select u.position, held.known from unleased u
      left join lateral (
        select true as known from usage_events e
        where e.source_id = u.source_id and e.event_key = u.event_key and e.stored_at >= p_known_since
        limit 1
      ) held on true
    ) k
    where k.position = b.position and k.known is null
    returning b.position;
end $$;

-- Records the events in usage_batch, in the caller's transaction, and says which were not accepted and why.
-- An event is known by its source (which belongs to one organization) and key. Copies stored since p_known_since make it
-- a duplicate. p_fenced: nobody was answered yet, so an event whose lease is gone is refused rather than counted.
drop function public.record_usage_batch(timestamptz, integer);
create function public.record_usage_batch(p_known_since timestamptz, p_route_limit integer, p_fenced boolean default false)
returns table ("position" integer, outcome text, reason text)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_stored_at timestamptz;
  v_month timestamptz;
begin
  -- 1. Take the ledgers, always in the same order.
  perform from (
    select from usage_ledgers where organization_id in (select b.organization_id from usage_batch b)
    order by organization_id for update
  ) taken;
  return query
    delete from usage_batch b where not exists (select from usage_ledgers g where g.organization_id = b.organization_id)
    returning b.position, 'rejected', 'unknown_organization';
  if p_fenced and exists (select from usage_batch where lease_ids is not null) then
    return query select d, 'rejected', 'lease_expired' from drop_unleased_from_usage_batch(p_known_since) d;
  end if;

  -- 2. One instant for the batch, later than everything these organizations have stored, even if the clock went back.
  select greatest(clock_timestamp(), max(g.stored_through) + interval '1 microsecond') into v_stored_at
  from usage_ledgers g where g.organization_id in (select b.organization_id from usage_batch b);
  v_month := date_trunc('month', v_stored_at, 'UTC');

  -- 3. Drop what earlier months hold.
  if exists (select from usage_events e where e.stored_at >= p_known_since and e.stored_at < v_month) then
    return query select d, 'duplicate', null::text from drop_known_from_usage_batch(p_known_since, v_month) d;
  end if;

  -- 4. Store the rest. Copies are rare: only when the month's identity index refuses one are they looked for.
  for attempt in 1..2 loop
    begin
      insert into usage_events (
        stored_at, occurred_at, request_bytes, response_bytes, organization_id, event_key, api_key_id, source_id, route_id,
        user_agent_id, duration_us, status, livemode, method, country, ip, error_code, external_id, quantities
      )
      select
        v_stored_at, b.occurred_at, b.request_bytes, b.response_bytes, b.organization_id, b.event_key, b.api_key_id, b.source_id, b.route_id,
        b.user_agent_id, b.duration_us, b.status, b.livemode, b.method, b.country, b.ip, b.error_code, b.external_id, b.quantities
      from usage_batch b;
      exit;
    exception when unique_violation then
      if attempt = 2 then raise; end if;
      return query select d, 'duplicate', null::text from drop_known_from_usage_batch(v_month, 'infinity') d;
    end;
  end loop;
  if not exists (select from usage_batch) then return; end if;

  -- 5. Give new routes sums of their own, while the organization has room for them.
  with seen as materialized (
    select b.organization_id, b.route_id, min(b.position) as first_seen
    from usage_batch b where b.route_id is not null group by 1, 2
  ),
  ranked as (
    select s.organization_id, s.route_id, row_number() over (partition by s.organization_id order by s.first_seen) as place
    from seen s
    where not exists (select from usage_routes r where r.organization_id = s.organization_id and r.route_id = s.route_id)
  ),
  registered as (
    insert into usage_routes (organization_id, route_id, registered_at)
    select k.organization_id, k.route_id, v_stored_at
    from ranked k join usage_ledgers g using (organization_id)
    where g.routes + k.place <= p_route_limit
    returning organization_id
  )
  update usage_ledgers g set routes = g.routes + n.added
  from (select organization_id, count(*)::integer as added from registered group by 1) n
  where n.organization_id = g.organization_id;

  update usage_ledgers g set stored_through = v_stored_at, events = g.events + n.added
  from (select b.organization_id, count(*) as added from usage_batch b group by 1) n
  where n.organization_id = g.organization_id;

  update api_keys k set last_used_at = u.at
  from (select b.api_key_id, max(b.occurred_at) as at from usage_batch b where b.api_key_id is not null group by 1) u
  where k.id = u.api_key_id and coalesce(k.last_used_at, '-infinity') < u.at - interval '1 minute';

  -- 6. Everything that is left in usage_batch was stored just now: add it to the sums and, last because those who lend wait
  -- for them, to the counters.
  perform count_usage_batch(add_usage_batch_to_sums(), v_stored_at);
end $$;

-- Closing periods --------------------------------------------------------------------------------------------------------

-- Writes the snapshots of at most p_limit counters whose period ended more than an hour before p_at; gives back how many
-- counters it closed. Running late, twice or at once with another changes nothing.
create function public.close_quota_periods(p_at timestamptz, p_limit integer default 500) returns integer
language plpgsql set search_path = public as $$
declare
  v_counter record;
  v_count integer := 0;
begin
  for v_counter in
    select c.organization_id, c.livemode, c.metric, c.period_start, p.period_end
    from quota_counters c join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, c.period_start) p
    where c.closed_at is null and c.period_start < p_at - interval '27 days' and p.period_end <= p_at - interval '1 hour'
    order by 1, 2, 3, 4 limit p_limit
  loop
    update quota_counters c set closed_at = p_at
    where c.organization_id = v_counter.organization_id and c.livemode = v_counter.livemode and c.metric = v_counter.metric
      and c.period_start = v_counter.period_start and c.closed_at is null;
    if not found then continue; end if;
    v_count := v_count + 1;
    perform release_quota_leases(v_counter.organization_id, v_counter.livemode, v_counter.metric, v_counter.period_start, null);
    if v_counter.livemode then perform set_grant_draws(v_counter.organization_id, v_counter.metric, v_counter.period_start); end if;
    insert into quota_period_snapshots
      (organization_id, livemode, metric, period_start, period_end, plan_key, used, highest, events, included, limit_units, grant_units, taken_at)
    select c.organization_id, c.livemode, c.metric, c.period_start, t.period_end, t.plan_key, c.used, c.highest, c.events, t.included, t.limit_units,
      case when c.livemode then coalesce((
        select sum(d.units) from quota_grant_draws d join quota_grants g on g.id = d.grant_id
        where g.organization_id = c.organization_id and g.metric = c.metric and d.period_start = c.period_start
      ), 0) else 0 end,
      p_at
    from quota_counters c
    cross join lateral quota_terms(c.organization_id, c.livemode, c.metric, v_counter.period_end - interval '1 microsecond') t
    where c.organization_id = v_counter.organization_id and c.livemode = v_counter.livemode and c.metric = v_counter.metric and c.period_start = v_counter.period_start
    on conflict do nothing;
  end loop;
  return v_count;
end $$;

-- The usage there is already ------------------------------------------------------------------------------------------------

insert into public.quota_counters (organization_id, livemode, metric, period_start, used, highest, events, last_at)
select d.organization_id, d.livemode, d.metric, p.period_start,
  case m.aggregation
    when 'sum' then sum(d.quantity_sum)
    when 'count' then sum(d.events)
    when 'max' then max(d.quantity_max)
    when 'last' then (max(array[extract(epoch from d.last_at), d.quantity_last]) filter (where d.last_at is not null))[2]
    else (
      select count(distinct u.value_sha256) from public.usage_unique_values u
      where u.organization_id = d.organization_id and u.livemode = d.livemode and u.metric = d.metric
        and u.day >= (p.period_start at time zone 'UTC')::date and u.day < (p.period_end at time zone 'UTC')::date
    )
  end,
  0, sum(d.events), max(d.last_at)
from public.usage_daily d
join public.metrics m on m.key = d.metric
join public.subscriptions s on s.organization_id = d.organization_id
cross join lateral public.billing_period(s.anchor, d.day::timestamp at time zone 'UTC') p
group by d.organization_id, d.livemode, d.metric, p.period_start, p.period_end, m.aggregation;
update public.quota_counters c set highest = greatest(c.used, (
  select max(d.quantity_max) from public.usage_daily d
  join public.metrics m on m.key = d.metric and m.aggregation = 'last'
  join public.subscriptions s on s.organization_id = d.organization_id
  cross join lateral public.billing_period(s.anchor, d.day::timestamp at time zone 'UTC') p
  where d.organization_id = c.organization_id and d.livemode = c.livemode and d.metric = c.metric and p.period_start = c.period_start
));

alter table public.quota_counters enable row level security;
alter table public.quota_leases enable row level security;
alter table public.quota_released_holders enable row level security;
alter table public.quota_period_snapshots enable row level security;
alter table public.usage_alerts enable row level security;
revoke all on public.quota_counters, public.quota_leases, public.quota_released_holders, public.quota_period_snapshots, public.usage_alerts
  from anon, authenticated;
grant select on public.quota_counters, public.quota_period_snapshots, public.usage_alerts to authenticated;
create policy members_read on public.quota_counters for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_period_snapshots for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.usage_alerts for select to authenticated using (public.is_member_of(organization_id));
