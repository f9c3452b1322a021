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
