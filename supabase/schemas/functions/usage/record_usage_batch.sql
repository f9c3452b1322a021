-- Records the events in usage_batch, in the caller's transaction, and says which were not accepted and why.
-- An event is known by its source (which belongs to one organization and mode) and key. Copies stored since p_known_since make
-- it a duplicate; `differs` says that what is stored is another event. p_fenced: nobody was answered yet, so an event whose lease is gone is refused rather than counted.
create function public.record_usage_batch(p_known_since timestamptz, p_route_limit integer, p_fenced boolean default false)
returns table ("position" integer, outcome text, reason text)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_stored_at timestamptz;
  v_month timestamptz;
begin
  -- Says that somebody records (is_usage_being_recorded); nobody waits for it.
  perform pg_advisory_xact_lock_shared(20261125, 1);

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
    return query select d.position, 'duplicate', case when d.differs then 'differs' end from drop_known_from_usage_batch(p_known_since, v_month) d;
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
      return query select d.position, 'duplicate', case when d.differs then 'differs' end from drop_known_from_usage_batch(v_month, 'infinity') d;
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
    -- Looked up one by one: there are many more routes than a batch has.
    left join lateral (
      select true as known from usage_routes r where r.organization_id = s.organization_id and r.route_id = s.route_id limit 1
    ) r on true
    where r.known is null
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

  update usage_ledgers g set stored_through = v_stored_at, events = g.events + n.added, unfolded_from = least(g.unfolded_from, n.unfolded)
  from (
    select b.organization_id, count(*) as added,
      date_trunc('hour', min(b.occurred_at) filter (where b.occurred_at >= l.folded_to), 'UTC') as unfolded
    from usage_batch b join usage_ledgers l using (organization_id) group by 1
  ) n
  where n.organization_id = g.organization_id;

  update api_keys k set last_used_at = u.at
  from (select b.api_key_id, max(b.occurred_at) as at from usage_batch b where b.api_key_id is not null group by 1) u
  where k.id = u.api_key_id and coalesce(k.last_used_at, '-infinity') < u.at - interval '1 minute';

  -- 6. Everything that is left in usage_batch was stored just now: add it to the sums and, last because those who lend wait
  -- for them, to the counters.
  perform count_usage_batch(add_usage_batch_to_sums(), v_stored_at);
end $$;
