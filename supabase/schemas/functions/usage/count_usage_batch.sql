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
  if exists (select from unnest(p_days) d join metrics m on m.key = d.metric where m.aggregation in ('last', 'max')) then
    perform add_usage_batch_to_levels();
  end if;
  if v_leased then perform settle_usage_batch_leases(); end if;
  perform note_late_usage(v_moved, p_stored_at);

  for v_key in
    select m.organization_id, m.metric, m.period_start from unnest(v_moved) m
    where m.livemode and exists (select from quota_grants g where g.organization_id = m.organization_id and g.metric = m.metric)
    order by 1, 2, 3
  loop
    perform set_grant_draws(v_key.organization_id, v_key.metric, v_key.period_start);
  end loop;
  perform raise_usage_alerts(v_moved, p_stored_at);
end $$;
