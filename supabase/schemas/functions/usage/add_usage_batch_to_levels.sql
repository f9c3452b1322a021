-- Keeps the reports of gauges in usage_batch, and sets the counters by them: those of their period, and those of later ones
-- into which the level lives on. Counters of gauges change only under the ledger, which the caller holds.
create function public.add_usage_batch_to_levels() returns void
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_gauges text[] := array(select key from metrics where aggregation in ('last', 'max'));
begin
  insert into usage_levels as t (organization_id, livemode, metric, at, level, highest)
  select b.organization_id, b.livemode, q.key, b.occurred_at,
    (array_agg((q.value #>> '{}')::numeric order by b.position desc))[1], max((q.value #>> '{}')::numeric)
  from usage_batch b
  cross join lateral jsonb_each(b.quantities) q
  where b.quantities ?| v_gauges and q.key = any (v_gauges)
  group by 1, 2, 3, 4 order by 1, 2, 3, 4
  on conflict (organization_id, livemode, metric, at) do update set level = excluded.level, highest = greatest(t.highest, excluded.highest);

  update quota_counters c set used = case v.aggregation when 'last' then v.level else v.highest end, highest = v.highest
  from (
    select k.organization_id, k.livemode, k.metric, k.period_start, m.aggregation, g.level, g.highest
    from (
      select b.organization_id, b.livemode, q.key as metric, min(b.occurred_at) as since
      from usage_batch b
      cross join lateral jsonb_object_keys(b.quantities) q (key)
      where b.quantities ?| v_gauges and q.key = any (v_gauges)
      group by 1, 2, 3
    ) r
    join metrics m on m.key = r.metric
    join subscriptions s on s.organization_id = r.organization_id
    cross join lateral billing_period(s.anchor, r.since) f
    join quota_counters k on k.organization_id = r.organization_id and k.livemode = r.livemode and k.metric = r.metric and k.period_start >= f.period_start
    cross join lateral billing_period(s.anchor, k.period_start) p
    cross join lateral gauge_between(k.organization_id, k.livemode, k.metric, p.period_start, p.period_end) g
  ) v
  where c.organization_id = v.organization_id and c.livemode = v.livemode and c.metric = v.metric and c.period_start = v.period_start;
end $$;
