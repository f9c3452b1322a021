-- Usage: raw events, and the sums of them that charts, limits and invoices read.
--
-- One batch is recorded by one transaction: it takes the ledger rows of its organizations in order of id, stamps the
-- events with one stored_at, inserts those not known yet, and adds what was inserted to the sums. The ledger row makes
-- batches of one organization take turns, which gives three things at once: no deadlock, no event counted twice by two
-- processes, and a stored_at that grows in the order of commits, so "everything stored up to T" is a closed set.

-- Texts that repeat from event to event (routes, user agents), stored once. Callers choose them, so their numbers have eight
-- bytes, which cannot run out.
create table public.usage_labels (
  id bigint generated always as identity primary key,
  label text not null unique check (char_length(label) <= 512)
);

-- Where events come from. The kind keeps what this program writes (own: calls are api, commits reservations) apart from what
-- somebody else named in a report or an import, and the mode keeps test usage apart from live: an event is known by its
-- source and id, so the same id under two of them is two events.
create table public.usage_sources (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  livemode boolean not null,
  kind text not null check (kind in ('own', 'reported', 'imported')),
  name text not null check (char_length(name) between 1 and 64),
  unique (organization_id, livemode, kind, name)
);

create table public.usage_ledgers (
  organization_id uuid primary key references public.organizations on delete cascade,
  -- UTC midnights. Retention may have removed raw events of before raw_from, and sums per hour of before hours_from; later
  -- days are whole.
  raw_from timestamptz not null default '-infinity',
  hours_from timestamptz not null default '-infinity',
  -- The two that move with every batch stand together: the log (WAL) holds what lies between.
  stored_through timestamptz not null default '-infinity',
  events bigint not null default 0,
  -- How many of `events` retention has removed.
  raw_removed bigint not null default 0,
  routes integer not null default 0,
  -- Sums of hours before this one are in usage_daily as well.
  folded_to timestamptz not null default '-infinity',
  -- The first hour with usage that is not; null where there is none.
  unfolded_from timestamptz
) with (fillfactor = 50);
create index usage_ledgers_unfolded on public.usage_ledgers (unfolded_from) where unfolded_from is not null;

create trigger open_usage_ledger after insert on public.organizations
  for each row execute function public.open_usage_ledger();

-- The routes of an organization that have sums of their own. Events of other routes are summed as (other): a caller who
-- invents paths cannot grow the sums without bound. An event belongs to its route's sums if the route was registered by
-- the time the event was stored, so a recount at any later time puts it in the same place.
create table public.usage_routes (
  organization_id uuid not null references public.organizations on delete cascade,
  route_id bigint not null references public.usage_labels,
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
  source_id bigint not null,
  route_id bigint,
  user_agent_id bigint,
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

-- Sums per hour, moved by the recording transaction. `breakdown` counts the calls by status, method, country and latency bucket, in
-- six bytes for each (see call_breakdown): two breakdowns are added by putting one behind the other. A call has its place in
-- the sums of api_calls, which every call carries; elsewhere the breakdown is empty.
-- Sums of what callers report are numeric: whatever was reported before, the next event can be added.
-- What changes with every call stands last and new counts are put in front, so that the log (WAL) holds little of a row; more than
-- half of a page is left free, so that no index is touched.
create table public.usage_rollups (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  hour timestamptz not null,
  -- All zeros where no key was used: a session's calls.
  api_key_id uuid not null,
  route text not null,
  client_errors bigint not null,
  server_errors bigint not null,
  -- Kept only for metrics whose aggregation is last.
  last_at timestamptz,
  quantity_last numeric,
  quantity_max numeric not null,
  events bigint not null,
  quantity_sum numeric not null,
  request_bytes numeric not null,
  response_bytes numeric not null,
  duration_us numeric not null,
  -- Events with a duration.
  measured bigint not null,
  breakdown bytea not null,
  primary key (organization_id, livemode, metric, hour, api_key_id, route)
) with (fillfactor = 40);
alter table public.usage_rollups alter column breakdown set storage main;

-- The same sums per day (UTC), for ranges too long to read by the hour. They are made from those by the hour when an hour is
-- over (fold_usage), so a reading takes days from here and adds the hours from folded_to on.
create table public.usage_daily (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  day date not null,
  -- All zeros where no key was used: a session's calls.
  api_key_id uuid not null,
  route text not null,
  client_errors bigint not null,
  server_errors bigint not null,
  -- Kept only for metrics whose aggregation is last.
  last_at timestamptz,
  quantity_last numeric,
  quantity_max numeric not null,
  events bigint not null,
  quantity_sum numeric not null,
  request_bytes numeric not null,
  response_bytes numeric not null,
  duration_us numeric not null,
  -- Events with a duration.
  measured bigint not null,
  breakdown bytea not null,
  primary key (organization_id, livemode, metric, day, api_key_id, route)
) with (fillfactor = 50);
alter table public.usage_daily alter column breakdown set storage main;

-- The members of metrics that count distinct values, exactly, by their SHA-256 and day.
create table public.usage_unique_values (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  day date not null,
  value_sha256 bytea not null,
  primary key (organization_id, livemode, metric, day, value_sha256)
);

-- Every report of a gauge (metrics of aggregation last and max). What holds at an instant is the latest report up to it,
-- however long ago that was: a level lives on until it is reported again. Of two reports of one instant the later stored
-- holds from then on; the highest counts for the highest.
create table public.usage_levels (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  at timestamptz not null,
  level numeric not null,
  highest numeric not null,
  primary key (organization_id, livemode, metric, at)
);

-- How far the import of a log file has come. A file is known by its first line and the place of that in its log; line_key
-- is the running key of the last line done, which holds only if everything before that line is unchanged. A log is what one
-- host writes, in whatever files, numbered within its source (see src/metering/log-import/log-line-id.ts).
create table public.usage_imports (
  organization_id uuid not null references public.organizations on delete cascade,
  source text not null,
  first_line_key bytea not null,
  first_log integer not null,
  first_place bigint not null,
  line_key bytea not null,
  lines_done bigint not null,
  bytes_done bigint not null,
  -- Where the line after the last one done stands.
  log integer not null,
  next_place bigint not null,
  accepted bigint not null,
  duplicates bigint not null,
  rejected bigint not null,
  updated_at timestamptz not null default now(),
  primary key (organization_id, source, first_line_key, first_log, first_place)
);

alter table public.usage_labels enable row level security;
alter table public.usage_sources enable row level security;
alter table public.usage_ledgers enable row level security;
alter table public.usage_routes enable row level security;
alter table public.usage_events enable row level security;
alter table public.usage_rollups enable row level security;
alter table public.usage_daily enable row level security;
alter table public.usage_unique_values enable row level security;
alter table public.usage_levels enable row level security;
alter table public.usage_imports enable row level security;
revoke all on public.usage_labels, public.usage_sources, public.usage_ledgers, public.usage_routes, public.usage_events, public.usage_rollups,
  public.usage_daily, public.usage_unique_values, public.usage_levels, public.usage_imports from anon, authenticated;
grant select on public.usage_rollups, public.usage_daily to authenticated;
create policy members_read on public.usage_rollups for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.usage_daily for select to authenticated using (public.is_member_of(organization_id));
