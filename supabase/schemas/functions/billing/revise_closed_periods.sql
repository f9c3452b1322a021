-- Freezes what late events made of periods that were closed: for each phase and metric that they change, a revision as of the
-- ledger's cutoff. Sums and counts go on from what was frozen before; gauges are read again from their levels, and in every
-- later closed period too, since a level lives on. Gives back the cutoff; null where nothing came late since the last time. Only
-- live usage is billed.
-- The caller holds the account; the ledger is taken here.
create function public.revise_closed_periods(p_org uuid) returns timestamptz
language plpgsql set search_path = public as $$
declare
  v_cutoff timestamptz;
  v_since timestamptz;
begin
  select a.revised_through into v_since from billing_accounts a where a.organization_id = p_org for update;
  select g.stored_through into v_cutoff from usage_ledgers g where g.organization_id = p_org for update;

  if not exists (select from late_usage_events l where l.organization_id = p_org and l.stored_at > v_since) then return null; end if;
  update billing_accounts a set revised_through = v_cutoff where a.organization_id = p_org;

  create temporary table if not exists late_changes (
    period_start timestamptz, period_end timestamptz, metric text, aggregation text, starts_at timestamptz, ends_at timestamptz, plan_version_id uuid,
    quantity numeric, events bigint
  ) on commit delete rows;
  delete from late_changes;

  -- What the late events add, by phase. Of a period whose events were removed in part nothing is billed any more: nobody could show
  -- what it rests on.
  insert into late_changes
  select p.period_start, p.period_end, m.key, m.aggregation, f.starts_at, f.ends_at, f.plan_version_id,
    case m.aggregation when 'sum' then sum((q.value #>> '{}')::numeric) else count(*) end, count(*)
  from late_usage_events l
  join closed_periods p using (organization_id, period_start)
  join subscriptions s using (organization_id)
  join usage_ledgers k using (organization_id)
  join usage_events e on e.organization_id = l.organization_id and e.stored_at = l.stored_at and e.source_id = l.source_id and e.event_key = l.event_key
  cross join lateral jsonb_each(e.quantities) q
  join metrics m on m.key = q.key and m.aggregation <> 'unique'
  join lateral plan_phases(p_org, p.period_start, p.period_end) f on f.starts_at <= l.occurred_at and f.ends_at > l.occurred_at
  where l.organization_id = p_org and l.livemode and l.stored_at > v_since and l.stored_at <= v_cutoff
    and l.period_start >= greatest(s.anchor::timestamp at time zone 'UTC', k.raw_from)
  group by 1, 2, 3, 4, 5, 6, 7;

  -- A gauge of a later period stands where the late report left it.
  insert into late_changes
  select p.period_start, p.period_end, c.metric, c.aggregation, f.starts_at, f.ends_at, f.plan_version_id, 0, 0
  from (select k.metric, k.aggregation, min(k.period_start) as since from late_changes k where k.aggregation in ('last', 'max') group by 1, 2) c
  join closed_periods p on p.organization_id = p_org and p.period_start >= c.since
  cross join lateral plan_phases(p_org, p.period_start, p.period_end) f
  where not exists (
    select from late_changes k where k.metric = c.metric and k.period_start = p.period_start and k.starts_at = f.starts_at
  );

  insert into quota_phase_revisions
    (organization_id, metric, period_start, starts_at, ends_at, plan_version_id, stored_through, quantity, events, included)
  select p_org, c.metric, c.period_start, c.starts_at, c.ends_at, c.plan_version_id, v_cutoff, n.quantity, n.events,
    case when b.metric is null then i.included else b.included end
  from late_changes c
  left join lateral phase_quantities(p_org, c.period_start) b on b.metric = c.metric and b.starts_at = c.starts_at
  -- What is not frozen had neither override nor grant, and plans do not change.
  left join plan_limits i on i.plan_version_id = c.plan_version_id and i.metric = c.metric
  left join lateral gauge_between(p_org, true, c.metric, c.starts_at, c.ends_at) g on c.aggregation in ('last', 'max')
  cross join lateral (
    select case c.aggregation when 'last' then coalesce(g.level, 0) when 'max' then coalesce(g.highest, 0) else coalesce(b.quantity, 0) + c.quantity end as quantity,
      coalesce(b.events, 0) + c.events as events
  ) n
  where row(n.quantity, n.events) is distinct from row(coalesce(b.quantity, 0), coalesce(b.events, 0));
  return v_cutoff;
end $$;
