-- Moves counters and gives them back. The caller holds the ledgers, so that nobody else moves them. Their locks are taken in the
-- order of their keys, as the join goes through them; hence the kinds of plan that are ruled out.
create function public.move_quota_counters(p_moves public.quota_move[]) returns setof public.quota_counters
language plpgsql set search_path = public set jit = off set enable_hashjoin = off set enable_mergejoin = off set enable_seqscan = off as $$
begin
  insert into quota_counters (organization_id, livemode, metric, period_start)
  select k.organization_id, k.livemode, k.metric, k.period_start from unnest(p_moves) k
  where not exists (
    select from quota_counters c
    where c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
  )
  order by 1, 2, 3, 4
  on conflict do nothing;

  return query
  with moves as materialized (
    select k.organization_id, k.livemode, k.metric, k.period_start, k.aggregation, k.events, k.last_at, k.as_of, v.used,
      greatest(v.used, case k.aggregation when 'last' then k.highest else 0 end) as highest
    from unnest(p_moves) k
    cross join lateral (
      select case k.aggregation when 'sum' then k.total when 'count' then k.events when 'max' then k.highest when 'last' then k.latest else 0 end as used
    ) v
    order by 1, 2, 3, 4
  ),
  moved as (
    update quota_counters t set
      used = case s.aggregation
        when 'max' then greatest(t.used, s.used)
        when 'last' then case
          when row(coalesce(s.last_at, '-infinity'), s.used) > row(coalesce(t.last_at, '-infinity'), t.used) then s.used else t.used
        end
        else t.used + s.used
      end,
      highest = case when s.aggregation in ('max', 'last') then greatest(t.highest, s.highest) else t.highest + s.highest end,
      events = t.events + s.events,
      last_at = greatest(t.last_at, s.last_at),
      as_of = greatest(t.as_of, s.as_of)
    from moves s
    where t.organization_id = s.organization_id and t.livemode = s.livemode and t.metric = s.metric and t.period_start = s.period_start
    returning t as counter
  )
  select (m.counter).* from moved m;
end $$;
