-- Usage: raw events, and the sums of them that charts, limits and invoices read.
--
-- One batch is recorded by one transaction: it takes the ledger rows of its organizations in order of id, stamps the
-- events with one stored_at, inserts those not known yet, and adds what was inserted to the sums. The ledger row makes
-- batches of one organization take turns, which gives three things at once: no deadlock, no event counted twice by two
-- processes, and a stored_at that grows in the order of commits, so "everything stored up to T" is a closed set.

-- Texts that repeat from event to event (routes, user agents), stored once.
create table public.usage_labels (
  id integer generated always as identity primary key,
  label text not null unique check (char_length(label) <= 512)
);

-- Who reports an organization's events: `api` for its wrapped handlers, else a name the reporter chose.
create table public.usage_sources (
  id integer generated always as identity primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  name text not null check (char_length(name) between 1 and 64),
  unique (organization_id, name)
);

create table public.usage_ledgers (
  organization_id uuid primary key references public.organizations on delete cascade,
  stored_through timestamptz not null default '-infinity',
  events bigint not null default 0,
  routes integer not null default 0
) with (fillfactor = 50);

create function public.open_usage_ledger() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into usage_ledgers (organization_id) values (new.id);
  return null;
end $$;
create trigger open_usage_ledger after insert on public.organizations
  for each row execute function public.open_usage_ledger();

-- The routes of an organization that have sums of their own. Events of other routes are summed as (other): a caller who
-- invents paths cannot grow the sums without bound. An event belongs to its route's sums if the route was registered by
-- the time the event was stored, so a recount at any later time puts it in the same place.
create table public.usage_routes (
  organization_id uuid not null references public.organizations on delete cascade,
  route_id integer not null references public.usage_labels,
  registered_at timestamptz not null,
  primary key (organization_id, route_id)
);

-- Columns stand in order of alignment, the widest first: it saves up to 20 bytes a row.
-- Partitioned by the month of storing, not of happening: a retry then meets its first copy in the newest partitions,
-- whatever timestamp it carries.
create table public.usage_events (
  stored_at timestamptz not null,
  occurred_at timestamptz not null,
  request_bytes bigint,
  response_bytes bigint,
  organization_id uuid not null,
  event_key uuid not null,
  api_key_id uuid,
  source_id integer not null,
  route_id integer,
  user_agent_id integer,
  duration_us integer,
  status smallint,
  livemode boolean not null,
  method text,
  country text,
  ip inet,
  error_code text,
  -- The id as it was given, where event_key is only its digest.
  external_id text,
  -- metric -> number, or -> text for metrics that count distinct values
  quantities jsonb not null
) partition by range (stored_at);

-- Sums per hour. `breakdown` counts events by status, method, country and latency bucket:
-- {"status:200": 5, "method:GET": 5, "country:DE": 2, "latency:312": 4}. Sums of two rows are the sums of their counts.
create table public.usage_rollups (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  hour timestamptz not null,
  -- All zeros where no key was used: a session's calls.
  api_key_id uuid not null,
  route text not null,
  events bigint not null,
  quantity_sum numeric not null,
  quantity_max numeric not null,
  -- Kept only for metrics whose aggregation is last.
  quantity_last numeric,
  last_at timestamptz,
  client_errors bigint not null,
  server_errors bigint not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  duration_us bigint not null,
  breakdown jsonb not null,
  primary key (organization_id, livemode, metric, hour, api_key_id, route)
) with (fillfactor = 70);

-- The same sums per day (UTC), for ranges too long to read by the hour.
create table public.usage_daily (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  day date not null,
  -- All zeros where no key was used: a session's calls.
  api_key_id uuid not null,
  route text not null,
  events bigint not null,
  quantity_sum numeric not null,
  quantity_max numeric not null,
  -- Kept only for metrics whose aggregation is last.
  quantity_last numeric,
  last_at timestamptz,
  client_errors bigint not null,
  server_errors bigint not null,
  request_bytes bigint not null,
  response_bytes bigint not null,
  duration_us bigint not null,
  breakdown jsonb not null,
  primary key (organization_id, livemode, metric, day, api_key_id, route)
) with (fillfactor = 70);

-- The members of metrics that count distinct values, exactly, by their SHA-256 and day.
create table public.usage_unique_values (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  day date not null,
  value_sha256 bytea not null,
  primary key (organization_id, livemode, metric, day, value_sha256)
);

-- How far the import of a log file has come. A file is known by its first line; line_key is the running key of the last
-- line done (see src/metering/log-import), which holds only if everything before that line is unchanged.
create table public.usage_imports (
  organization_id uuid not null references public.organizations on delete cascade,
  source text not null,
  first_line_key bytea not null,
  line_key bytea not null,
  bytes_done bigint not null,
  lines_done bigint not null,
  accepted bigint not null,
  duplicates bigint not null,
  rejected bigint not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, source, first_line_key)
);

-- DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019) with relative accuracy
-- 0.01: bucket i holds durations in (g^(i-1), g^i] microseconds, g = 1.01/0.99. The value 2*g^i/(g+1) of a bucket is within
-- 1 % of every duration in it. Bucket 0 holds durations of up to one microsecond.
create function public.latency_bucket(p_duration_us integer) returns integer
language sql immutable parallel safe as $$
  select case when p_duration_us <= 1 then 0 else ceil(ln(p_duration_us::float8) / ln(1.01::float8 / 0.99::float8))::integer end;
$$;

-- Adds two objects of counts, key by key.
create function public.add_counts(a jsonb, b jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  if a = '{}' then return b; end if;
  if b = '{}' then return a; end if;
  return (
    select jsonb_object_agg(key, n) from (
      select key, sum(value::bigint) as n
      from (select * from jsonb_each_text(a) union all select * from jsonb_each_text(b)) both_sides
      group by key
    ) summed
  );
end $$;
create aggregate public.sum_counts(jsonb) (sfunc = add_counts, stype = jsonb, initcond = '{}');

-- Makes the partition that holds events stored in the month of p_month, if it is missing. It is attached rather than
-- created in place: that lock lets others go on recording.
create function public.ensure_usage_partition(p_month date) returns void
language plpgsql set search_path = public as $$
declare
  v_from date := date_trunc('month', p_month);
  v_name text := 'usage_events_' || to_char(v_from, 'YYYY_MM');
begin
  if to_regclass(v_name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('ensure_usage_partition', 0));
  if to_regclass(v_name) is not null then return; end if;
  execute format('create table %I (like usage_events including defaults including constraints)', v_name);
  -- The identity of an event: organization, source and id (a source belongs to one organization).
  execute format('create unique index %I on %I (source_id, event_key)', v_name || '_identity', v_name);
  execute format('create index %I on %I using brin (occurred_at timestamptz_minmax_multi_ops, stored_at) with (pages_per_range = 32, autosummarize = on)', v_name || '_time', v_name);
  execute format('alter table %I enable row level security', v_name);
  execute format('revoke all on %I from anon, authenticated', v_name);
  execute format('alter table usage_events attach partition %I for values from (%L) to (%L)',
    v_name, v_from::timestamp at time zone 'UTC', (v_from + interval '1 month')::timestamp at time zone 'UTC');
end $$;

-- Makes usage_batch, empty: the session's temporary table of events that are to be stored or counted again. It has the
-- columns of usage_events and `position`, the place in the batch; stored_at is null for events that are being recorded.
create function public.prepare_usage_batch() returns void
language plpgsql set search_path = public, pg_temp set client_min_messages = warning as $$
begin
  if to_regclass('pg_temp.usage_batch') is null then
    create temp table usage_batch ("position" integer not null, like usage_events) on commit delete rows;
    alter table usage_batch alter column stored_at drop not null;
  else
    delete from usage_batch;
  end if;
end $$;

-- The sums, by the hour, of the events that stand in usage_batch.
-- The planner knows nothing of a table that was filled a moment ago and would sort; hashing is right at every size.
create function public.usage_batch_rollups() returns setof public.usage_rollups
language plpgsql set search_path = public, pg_temp set jit = off set enable_sort = off set enable_mergejoin = off as $$
begin
  return query
  -- Most events of a batch carry the same quantities, so events are first summed by their quantities as a whole;
  -- only the few distinct objects are then taken apart into metrics.
  with kinds as materialized (
    select d.quantities, array_agg(k.key) as metrics
    from (select distinct b.quantities from usage_batch b) d
    cross join lateral jsonb_object_keys(d.quantities) k(key)
    group by d.quantities
  ),
  moved as materialized (
    select
      b.organization_id, b.livemode,
      coalesce(b.api_key_id, '00000000-0000-0000-0000-000000000000') as api_key_id,
      case when r.registered_at <= coalesce(b.stored_at, 'infinity') then b.route_id else 0 end as route_id,
      date_trunc('hour', b.occurred_at, 'UTC') as hour,
      b.quantities, k.metrics, b.occurred_at,
      b.status, b.method, b.country, latency_bucket(b.duration_us) as bucket,
      b.duration_us, b.request_bytes, b.response_bytes
    from usage_batch b
    join kinds k on k.quantities = b.quantities
    left join usage_routes r on r.organization_id = b.organization_id and r.route_id = b.route_id
  ),
  alike as (
    select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.quantities,
      count(*) as events,
      max(m.occurred_at) as last_at,
      count(*) filter (where m.status between 400 and 499) as client_errors,
      count(*) filter (where m.status >= 500) as server_errors,
      sum(m.request_bytes)::bigint as request_bytes,
      sum(m.response_bytes)::bigint as response_bytes,
      sum(m.duration_us)::bigint as duration_us
    from moved m
    group by 1, 2, 3, 4, 5, 6
  ),
  totals as (
    select a.organization_id, a.livemode, q.key as metric, a.hour, a.api_key_id, a.route_id,
      sum(a.events)::bigint as events,
      sum(a.events * v.quantity) as quantity_sum,
      max(v.quantity) as quantity_max,
      max(a.last_at) filter (where x.aggregation = 'last') as last_at,
      -- Of two values at the same instant the higher, so that the order of arrival does not matter.
      (max(array[extract(epoch from a.last_at), v.quantity]) filter (where x.aggregation = 'last'))[2] as quantity_last,
      sum(a.client_errors)::bigint as client_errors,
      sum(a.server_errors)::bigint as server_errors,
      coalesce(sum(a.request_bytes), 0)::bigint as request_bytes,
      coalesce(sum(a.response_bytes), 0)::bigint as response_bytes,
      coalesce(sum(a.duration_us), 0)::bigint as duration_us
    from alike a
    cross join lateral jsonb_each(a.quantities) q
    cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
    join metrics x on x.key = q.key
    group by 1, 2, 3, 4, 5, 6
  ),
  counts as (
    select c.organization_id, c.livemode, metric, c.hour, c.api_key_id, c.route_id, jsonb_object_agg(c.label, c.n) as breakdown
    from (
      select n.organization_id, n.livemode, n.hour, n.api_key_id, n.route_id, metric, n.label, sum(n.n) as n
      from (
        select m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.metrics,
          case grouping(m.status, m.method, m.country, m.bucket)
            when 7 then 'status:' || m.status
            when 11 then 'method:' || m.method
            when 13 then 'country:' || m.country
            else 'latency:' || m.bucket
          end as label,
          count(*) as n
        from moved m
        group by m.organization_id, m.livemode, m.hour, m.api_key_id, m.route_id, m.metrics,
          grouping sets ((m.status), (m.method), (m.country), (m.bucket))
      ) n
      cross join lateral unnest(n.metrics) metric
      where n.label is not null
      group by 1, 2, 3, 4, 5, 6, 7
    ) c
    group by 1, 2, 3, 4, 5, 6
  )
  select t.organization_id, t.livemode, t.metric, t.hour, t.api_key_id, coalesce(l.label, '(other)'),
    t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at,
    t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us,
    coalesce(c.breakdown, '{}')
  from totals t
  left join counts c using (organization_id, livemode, metric, hour, api_key_id, route_id)
  left join usage_labels l on l.id = t.route_id;
end $$;

-- Sums per hour, summed per day.
create function public.sum_rollups_by_day(p_rollups public.usage_rollups[]) returns setof public.usage_daily
language sql stable set search_path = public as $$
  select organization_id, livemode, metric, (hour at time zone 'UTC')::date as day, api_key_id, route,
    sum(events)::bigint, sum(quantity_sum), max(quantity_max),
    (max(array[extract(epoch from last_at), quantity_last]) filter (where last_at is not null))[2], max(last_at),
    sum(client_errors)::bigint, sum(server_errors)::bigint, sum(request_bytes)::bigint, sum(response_bytes)::bigint, sum(duration_us)::bigint,
    sum_counts(breakdown)
  from unnest(p_rollups)
  group by organization_id, livemode, metric, day, api_key_id, route;
$$;

-- Adds the sums of usage_batch to usage_rollups, usage_daily and usage_unique_values.
create function public.add_usage_batch_to_sums() returns void
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
begin
  with hourly as materialized (select * from usage_batch_rollups()),
  by_hour as (
    insert into usage_rollups as t select * from hourly
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
      breakdown = add_counts(t.breakdown, excluded.breakdown)
  )
  insert into usage_daily as t select * from sum_rollups_by_day(array(select h::usage_rollups from hourly h))
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

  insert into usage_unique_values (organization_id, livemode, metric, day, value_sha256)
  select distinct b.organization_id, b.livemode, q.key, (b.occurred_at at time zone 'UTC')::date, sha256(convert_to(q.value #>> '{}', 'UTF8'))
  from usage_batch b
  cross join lateral jsonb_each(b.quantities) q
  where b.quantities ?| v_unique_metrics and q.key = any (v_unique_metrics)
  on conflict do nothing;
end $$;

-- Removes from usage_batch the events that are known already, and says which. Known is what was stored in
-- [p_from, p_to), and the second copy within the batch. (lateral … limit 1 keeps it an index lookup per event and month.)
create function public.drop_known_from_usage_batch(p_from timestamptz, p_to timestamptz) returns setof integer
language plpgsql set search_path = public, pg_temp set jit = off as $$
begin
  return query
    delete from usage_batch b using (
      select c.position from usage_batch c
      cross join lateral (
        select from usage_events e
        where e.source_id = c.source_id and e.event_key = c.event_key and e.stored_at >= p_from and e.stored_at < p_to
        limit 1
      ) held
      union all
      select c.position from (
        select t.position, row_number() over (partition by t.source_id, t.event_key order by t.position) as copy from usage_batch t
      ) c
      where c.copy > 1
    ) known
    where known.position = b.position
    returning b.position;
end $$;

-- Records the events in usage_batch, in the caller's transaction, and says which were not accepted and why.
-- An event is known by its source (which belongs to one organization) and key. Copies stored since p_known_since make it
-- a duplicate.
create function public.record_usage_batch(p_known_since timestamptz, p_route_limit integer)
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

  -- 6. Everything that is left in usage_batch was stored just now: add it to the sums.
  perform add_usage_batch_to_sums();

  update usage_ledgers g set stored_through = v_stored_at, events = g.events + n.added
  from (select b.organization_id, count(*) as added from usage_batch b group by 1) n
  where n.organization_id = g.organization_id;

  update api_keys k set last_used_at = u.at
  from (select b.api_key_id, max(b.occurred_at) as at from usage_batch b where b.api_key_id is not null group by 1) u
  where k.id = u.api_key_id and coalesce(k.last_used_at, '-infinity') < u.at - interval '1 minute';
end $$;

-- Counts a day (UTC) again from its raw events, replaces every sum that differs, and says which did. Recording keeps the
-- sums right by itself, so this must find nothing; it is the nightly proof. One organization at a time, each under its
-- ledger, so that nothing is recorded between the counting and the replacing.
create function public.aggregate_daily_usage(p_day date)
returns table (organization_id uuid, sums text, livemode boolean, metric text, bucket timestamptz, route text, events_before bigint, events_after bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_from timestamptz := p_day::timestamp at time zone 'UTC';
  v_to timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_organization_id uuid;
  v_hours usage_rollups[];
  v_days usage_daily[];
begin
  for v_organization_id in select g.organization_id from usage_ledgers g order by 1 loop
    perform from usage_ledgers g where g.organization_id = v_organization_id for update;
    perform prepare_usage_batch();
    insert into usage_batch select 0, e.* from usage_events e
    where e.organization_id = v_organization_id and e.occurred_at >= v_from and e.occurred_at < v_to;
    v_hours := array(select r from usage_batch_rollups() r);
    v_days := array(select d from sum_rollups_by_day(v_hours) d);

    return query
      select v_organization_id, 'hour', livemode, metric, hour, route, t.events, v.events
      from unnest(v_hours) v
      full join (select * from usage_rollups r where r.organization_id = v_organization_id and r.hour >= v_from and r.hour < v_to) t
        using (organization_id, livemode, metric, hour, api_key_id, route)
      where t.breakdown is distinct from v.breakdown
        or row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us)
          is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us)
      union all
      select v_organization_id, 'day', livemode, metric, v_from, route, t.events, v.events
      from unnest(v_days) v
      full join (select * from usage_daily r where r.organization_id = v_organization_id and r.day = p_day) t
        using (organization_id, livemode, metric, day, api_key_id, route)
      where t.breakdown is distinct from v.breakdown
        or row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us)
          is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us);
    if found then
      delete from usage_rollups r where r.organization_id = v_organization_id and r.hour >= v_from and r.hour < v_to;
      insert into usage_rollups select * from unnest(v_hours);
      delete from usage_daily r where r.organization_id = v_organization_id and r.day = p_day;
      insert into usage_daily select * from unnest(v_days);
    end if;
  end loop;
end $$;

alter table public.usage_labels enable row level security;
alter table public.usage_sources enable row level security;
alter table public.usage_ledgers enable row level security;
alter table public.usage_routes enable row level security;
alter table public.usage_events enable row level security;
alter table public.usage_rollups enable row level security;
alter table public.usage_daily enable row level security;
alter table public.usage_unique_values enable row level security;
alter table public.usage_imports enable row level security;
revoke all on public.usage_labels, public.usage_sources, public.usage_ledgers, public.usage_routes, public.usage_events, public.usage_rollups,
  public.usage_daily, public.usage_unique_values, public.usage_imports from anon, authenticated;
grant select on public.usage_rollups, public.usage_daily to authenticated;
create policy members_read on public.usage_rollups for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.usage_daily for select to authenticated using (public.is_member_of(organization_id));
