-- Moves the counters by the sums of usage_batch, settles its leases, and does what follows from where the counters stand:
-- draws on grants, alerts. The caller holds the ledgers of the batch's organizations.
create function public.count_usage_batch(p_hours public.usage_rollups[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_moves quota_move[];
  v_moved quota_counters[];
  v_leased boolean := exists (select from usage_batch where lease_ids is not null);
  v_key record;
begin
  -- All counters are taken at once, in order of their key, also those where units only are settled.
  with heard as (select b.organization_id, max(b.occurred_at) as at from usage_batch b group by 1),
  daily as (
    select h.organization_id, h.livemode, h.metric, (h.hour at time zone 'UTC')::date as day, sum(h.events) as events, sum(h.quantity_sum) as total,
      max(h.quantity_max) as highest, (max(array[extract(epoch from h.last_at), h.quantity_last]) filter (where h.last_at is not null))[2] as latest,
      max(h.last_at) as last_at
    from unnest(p_hours) h group by 1, 2, 3, 4
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
  )
  select array_agg(row(k.organization_id, k.livemode, k.metric, k.period_start, k.aggregation, k.events, k.total, k.highest, k.latest, k.last_at, k.as_of)::quota_move)
  into v_moves from (
    select organization_id, livemode, metric, period_start, max(aggregation) as aggregation, sum(events)::bigint as events, sum(total) as total,
      max(highest) as highest, max(latest) as latest, max(last_at) as last_at, max(as_of) as as_of
    from moves group by 1, 2, 3, 4
  ) k;
  v_moved := array(select m from move_quota_counters(v_moves) m);

  if exists (select from unnest(p_hours) h join metrics m on m.key = h.metric where m.aggregation = 'unique') then
    update quota_counters c set used = c.used + n.added, highest = c.highest + n.added
    from add_usage_batch_to_unique_values() n
    where c.organization_id = n.organization_id and c.livemode = n.livemode and c.metric = n.metric and c.period_start = n.period_start;
  end if;
  if exists (select from unnest(p_hours) h join metrics m on m.key = h.metric where m.aggregation in ('last', 'max')) then
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
