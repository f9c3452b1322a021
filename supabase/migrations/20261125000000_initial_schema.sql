-- Made from supabase/schemas by `npm run squash`; do not edit.

-- What holds for all files of this folder. They are read in the order of config.toml: functions that tables name (guards),
-- tables with their indexes, triggers and policies, all other functions, and the rows that ship.
--
-- Tenancy, in each of them: each table has row-level security on and nothing is granted to anon.
-- The application connects as the tables' owner and names the organization in every query; the policies guard
-- the other door, Supabase's REST interface, where a signed-in person reads only what their organizations own.

-- A guard comes before the tables it asks, and functions call each other in any order. A test compiles all of them.
set check_function_bodies = off;

alter default privileges in schema public revoke all on tables from anon, authenticated;
alter default privileges in schema public revoke all on sequences from anon, authenticated;
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke execute on functions from anon, authenticated;
grant usage on schema public to authenticated;

-- All invoices of an organization are in one currency, so it cannot go over to a plan that costs money in another.
create function public.admit_phase() returns trigger language plpgsql set search_path = public as $$
declare
  v_billed text := (select a.currency from billing_accounts a where a.organization_id = new.organization_id);
  v_asked text;
begin
  select v.currency into v_asked from plan_versions v
  where v.id = new.plan_version_id and (
    v.price_minor > 0 or exists (select from plan_limits l where l.plan_version_id = v.id and l.price is not null)
  );
  if v_asked <> v_billed then
    raise exception 'plan: expected one in %, which the organization is billed in, received one in %', v_billed, v_asked using errcode = 'TG009';
  end if;
  return new;
end $$;

create function public.admit_plan_limit() returns trigger language plpgsql set search_path = public as $$
begin
  if not exists (select from plan_versions where id = new.plan_version_id and published_at = now()) then
    raise exception 'limits are added by the transaction that adds their plan version' using errcode = 'TG002';
  end if;
  -- How many distinct values a call would add is not known before it is recorded.
  if exists (select from metrics where key = new.metric and aggregation = 'unique') then
    raise exception 'a metric that counts distinct values cannot be limited' using errcode = 'TG003';
  end if;
  return new;
end $$;

-- Tells every process within milliseconds that a remembered key may have changed.
create function public.announce_api_key_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('api_keys_changed', encode(coalesce(new.secret_sha256, old.secret_sha256), 'hex'));
  return null;
end $$;

-- Tells every process within milliseconds that what an organization may use has changed, and makes what counters remember of
-- it old. Draws are not announced: they move with every batch, and a period's own draws do not change what it may use.
create function public.announce_quota_change() returns trigger language plpgsql set search_path = public as $$
declare
  v_org uuid := coalesce(new.organization_id, old.organization_id);
begin
  -- A rule of the installation changes what no organization may use.
  if v_org is null then return null; end if;
  insert into quota_terms_versions as t (organization_id, version)
  select v_org, 1 from subscriptions s where s.organization_id = v_org
  on conflict (organization_id) do update set version = t.version + 1;
  perform pg_notify('quota_changed', v_org::text);
  return null;
end $$;

-- What an invoice says is written while it is a draft. Afterwards only its state moves, forward, and taxes are added once, when
-- it is handed over.
create function public.guard_invoice() returns trigger language plpgsql set search_path = public as $$
begin
  if tg_op = 'DELETE' then raise exception 'invoices are only added to' using errcode = 'TG002'; end if;
  if old.status <> 'draft' and row(
    old.id, old.organization_id, old.kind, old.period_start, old.period_end, old.collection, old.sequence, old.number, old.currency, old.seller, old.bill_to,
    old.subtotal_minor, old.drafted_at, old.finalized_at, old.due_at
  ) is distinct from row(
    new.id, new.organization_id, new.kind, new.period_start, new.period_end, new.collection, new.sequence, new.number, new.currency, new.seller, new.bill_to,
    new.subtotal_minor, new.drafted_at, new.finalized_at, new.due_at
  ) then raise exception 'invoice % was issued: a correction is a credit note', old.number using errcode = 'TG002'; end if;
  if old.status not in ('draft', 'finalized') and old.tax_minor <> new.tax_minor then
    raise exception 'invoice % was handed over with its taxes', old.number using errcode = 'TG002';
  end if;
  if new.credited_minor < old.credited_minor then
    raise exception 'credit notes of invoice % are not taken back', old.number using errcode = 'TG002';
  end if;
  if old.status <> new.status and not (new.status = any (case old.status
    when 'draft' then '{finalized}'::text[]
    when 'finalized' then '{sent,paid,payment_failed,void}'
    when 'sent' then '{paid,payment_failed,void}'
    when 'payment_failed' then '{paid,void}'
    else '{}'
  end)) then raise exception 'invoice % is %: it cannot become %', coalesce(old.number, old.id::text), old.status, new.status using errcode = 'TG008'; end if;
  return new;
end $$;

-- Lines change while their invoice is a draft; of an issued one taxes are added when it is handed over.
create function public.guard_invoice_line() returns trigger language plpgsql set search_path = public as $$
declare
  v_status text := (select i.status from invoices i where i.id = case tg_op when 'DELETE' then old.invoice_id else new.invoice_id end);
begin
  if tg_op = 'UPDATE' and v_status = 'finalized' and to_jsonb(old) - 'tax_minor' = to_jsonb(new) - 'tax_minor' then return new; end if;
  if v_status <> 'draft' then raise exception 'lines of an issued invoice are not changed' using errcode = 'TG002'; end if;
  return case tg_op when 'DELETE' then old else new end;
end $$;

-- The same for owners and admins of the organization.
create function public.is_admin_of(p_organization_id uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (
    select from organization_members
    where organization_id = p_organization_id and user_id = auth.uid() and role in ('owner', 'admin')
  );
$$;
grant execute on function public.is_admin_of(uuid) to authenticated;

-- Runs as its owner, so that the policies of other tables can ask it without reading memberships themselves.
create function public.is_member_of(p_organization_id uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (select from organization_members where organization_id = p_organization_id and user_id = auth.uid());
$$;
grant execute on function public.is_member_of(uuid) to authenticated;

-- An organization never loses its last owner, whatever two people do at once: the lock on the organization makes
-- role changes of one organization take turns. (Not `for update`: rows that refer to it, such as its usage, can be written.)
create function public.keep_last_owner() returns trigger language plpgsql set search_path = public as $$
begin
  perform from organizations where id = old.organization_id for no key update;
  if found and old.role = 'owner' and (tg_op = 'DELETE' or new.role <> 'owner') and not exists (
    select from organization_members
    where organization_id = old.organization_id and role = 'owner' and user_id <> old.user_id
  ) then
    raise exception 'an organization keeps at least one owner' using errcode = 'TG001';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;

-- Every organization has the levels from its first instant. They are rules like any other, but that they stay.
create function public.open_alert_rules() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into alert_rules (organization_id, kind, level, name, threshold, severity)
  values
    (new.id, 'quota_share', '80', '80 % of a quota', 80, 'warning'),
    (new.id, 'quota_share', '90', '90 % of a quota', 90, 'warning'),
    (new.id, 'quota_share', '100', 'A quota is used up', 100, 'critical'),
    (new.id, 'overage', 'overage', 'Overage begins', null, 'critical');
  return null;
end $$;

-- Every organization has a subscription from its first instant, on the newest version of the free plan, and an account that is
-- billed for the period of that instant first.
create function public.open_subscription() returns trigger language plpgsql security definer set search_path = public as $$
declare
  v_anchor date := (new.created_at at time zone 'UTC')::date;
  v_prefix text;
begin
  insert into subscriptions (organization_id, anchor, created_at) values (new.id, v_anchor, new.created_at);
  insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
  select new.id, '-infinity', id, 'sign_up' from plan_versions where plan_key = 'free' order by version desc limit 1;
  loop
    v_prefix := upper(substr(md5(gen_random_uuid()::text), 1, 8));
    exit when not exists (select from billing_accounts where number_prefix = v_prefix);
  end loop;
  insert into billing_accounts (organization_id, billed_through, next_due_at, number_prefix)
  select new.id, p.period_start, p.period_end, v_prefix from billing_period(v_anchor, v_anchor::timestamp at time zone 'UTC') p;
  return null;
end $$;

create function public.open_usage_ledger() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into usage_ledgers (organization_id) values (new.id);
  return null;
end $$;

create function public.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception '% is only added to', tg_table_name using errcode = 'TG002';
end $$;

-- Reports how many members an organization has to its own usage, in the transaction that changes them, so that the gauge
-- `members` says what is true whoever came or went by whichever way.
create function public.report_members() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- In this order by whoever needs several; counted under the lock, so that two who come at once are both counted.
  perform from (
    select from usage_ledgers g where g.organization_id in (select c.organization_id from changed_members c) order by g.organization_id for update
  ) taken;
  if not found then return null; end if;
  perform ensure_usage_partition(now()::date);
  perform prepare_usage_batch();
  insert into usage_sources (organization_id, livemode, kind, name)
  select distinct g.organization_id, true, 'own', 'members' from changed_members c join usage_ledgers g using (organization_id)
  where not exists (select from usage_sources s where s.organization_id = g.organization_id and s.livemode and s.kind = 'own' and s.name = 'members')
  order by 1 on conflict do nothing;
  insert into usage_batch ("position", occurred_at, organization_id, event_key, source_id, livemode, quantities)
  select (row_number() over (order by s.organization_id))::integer, date_trunc('milliseconds', clock_timestamp()), s.organization_id, gen_random_uuid(), s.id, true,
    jsonb_build_object('members', (select count(*) from organization_members m where m.organization_id = s.organization_id))
  from usage_sources s
  where s.livemode and s.kind = 'own' and s.name = 'members' and s.organization_id in (select c.organization_id from changed_members c);
  -- The ids are new, so nothing is known of them.
  perform record_usage_batch('infinity', 0);
  return null;
end $$;

-- Organizations, their members and invitations, known devices, and the audit log.

create type public.organization_role as enum ('owner', 'admin', 'member');

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]\u2028\u2029]'),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- The person whose sign-up made this organization; at most one each, so that a repeated sign-up makes no second.
  personal_user_id uuid unique,
  created_at timestamptz not null default now()
);

create table public.organization_members (
  organization_id uuid not null references public.organizations on delete cascade,
  user_id uuid not null,
  email text not null,
  role public.organization_role not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index organization_members_user on public.organization_members (user_id);

create table public.organization_invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  email text not null check (email = lower(email)),
  role public.organization_role not null,
  token_sha256 bytea not null unique,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index organization_invitations_one_open on public.organization_invitations (organization_id, email)
  where accepted_at is null and revoked_at is null;

-- Addresses whose reader chose the account's password by a link that was mailed to them; they go with the account.
create table public.proven_addresses (
  user_id uuid not null references auth.users on delete cascade,
  email text not null check (email = lower(email)),
  proven_at timestamptz not null default now(),
  primary key (user_id, email)
);

-- Browsers from which somebody signed in to an account; only a hash of what they keep. Removed 30 days after the last
-- sign-in, and beyond the newest twenty of an account, by later sign-ins.
create table public.known_devices (
  user_id uuid not null,
  token_sha256 bytea not null check (octet_length(token_sha256) = 32),
  last_used_at timestamptz not null,
  primary key (user_id, token_sha256)
);
create index known_devices_last_used on public.known_devices (last_used_at);

create table public.audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid references public.organizations on delete set null,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('user', 'api_key', 'system')),
  actor_id text,
  action text not null,
  target text,
  details jsonb not null default '{}'
);
create index audit_log_organization on public.audit_log (organization_id, id desc);

create trigger keep_last_owner before update of role or delete on public.organization_members
  for each row execute function public.keep_last_owner();
create trigger report_members_who_came after insert on public.organization_members
  referencing new table as changed_members for each statement execute function public.report_members();
create trigger report_members_who_left after delete on public.organization_members
  referencing old table as changed_members for each statement execute function public.report_members();
create trigger only_added_to before update of at, actor_kind, actor_id, action, target, details or delete on public.audit_log
  for each row execute function public.refuse_change();

alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;
alter table public.organization_invitations enable row level security;
alter table public.proven_addresses enable row level security;
alter table public.known_devices enable row level security;
alter table public.audit_log enable row level security;
revoke all on public.organizations, public.organization_members, public.organization_invitations, public.proven_addresses,
  public.known_devices, public.audit_log from anon, authenticated;
grant select on public.organizations, public.organization_members, public.audit_log to authenticated;
create policy members_read on public.organizations for select to authenticated using (public.is_member_of(id));
create policy members_read on public.organization_members for select to authenticated using (public.is_member_of(organization_id));
create policy admins_read on public.audit_log for select to authenticated using (public.is_admin_of(organization_id));

-- What was told to whom, each occurrence once, and the outbox of mail and webhooks.

create table public.notices (
  organization_id uuid not null references public.organizations (id) on delete cascade,
  key text not null check (length(key) between 1 and 200),
  type text not null,
  occurred_at timestamptz not null,
  data jsonb not null,
  created_at timestamptz not null,
  primary key (organization_id, key)
);
create index notices_age on public.notices (created_at);
alter table public.notices enable row level security;
revoke all on public.notices from anon, authenticated;

create table public.webhook_endpoints (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations (id) on delete cascade,
  url text not null,
  description text not null,
  event_types text[] not null,
  enabled boolean not null default true,
  disabled_reason text,
  secret text not null,
  previous_secret text,
  previous_secret_until timestamptz,
  -- Until when a process has it in hands, or it is left alone.
  leased_until timestamptz,
  created_at timestamptz not null
);
create index webhook_endpoints_organization on public.webhook_endpoints (organization_id, created_at);

create table public.outbox_messages (
  id uuid primary key default gen_random_uuid(),
  -- Null of mail. Of a webhook the recipient is the endpoint's URL, the subject the type, and the text the body.
  endpoint_id uuid references public.webhook_endpoints (id) on delete cascade,
  -- The order in which an endpoint gets what is sent to it.
  position bigint generated always as identity,
  recipient text not null,
  subject text not null,
  body_text text not null,
  created_at timestamptz not null default now(),
  -- When it may be tried. While a process has it in hands: when that process is taken to be dead.
  due_at timestamptz not null default now(),
  sent_at timestamptz,
  given_up_at timestamptz,
  -- Counted when it is taken, so that what kills its process is given up as well.
  attempts integer not null default 0,
  last_error text,
  -- The beginning of what an endpoint answered.
  answer text
);
create index outbox_messages_due on public.outbox_messages (due_at) where sent_at is null and given_up_at is null;
create index outbox_messages_age on public.outbox_messages (created_at);
create index outbox_messages_endpoint on public.outbox_messages (endpoint_id, position) where endpoint_id is not null;

alter table public.webhook_endpoints enable row level security;
alter table public.outbox_messages enable row level security;
revoke all on public.webhook_endpoints, public.outbox_messages from anon, authenticated;

-- API keys. Only a hash is stored: whoever reads this table cannot call the API.

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  name text not null check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]\u2028\u2029]'),
  secret_sha256 bytea not null unique check (octet_length(secret_sha256) = 32),
  prefix text not null,
  last_four text not null check (char_length(last_four) = 4),
  livemode boolean not null,
  scopes text[] not null,
  -- CIDR ranges the key may be used from; empty means anywhere.
  allowed_ips text[] not null default '{}',
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key this one replaced; that key keeps working until its own expires_at.
  rotated_from uuid references public.api_keys,
  -- Coarse: moved at most once a minute, by the transaction that records usage.
  last_used_at timestamptz,
  -- A rate limit of the key itself. Null: the key is held to the plan's limit.
  requests_per_minute integer check (requests_per_minute > 0),
  -- Set by an operator, who may go above the plan. What a customer set stays below it, also after a downgrade.
  may_exceed_plan boolean not null default false,
  check (requests_per_minute is not null or not may_exceed_plan)
);
create index api_keys_organization on public.api_keys (organization_id, created_at desc);

create trigger announce_change after insert or delete
  or update of name, scopes, allowed_ips, expires_at, revoked_at, requests_per_minute, may_exceed_plan on public.api_keys
  for each row execute function public.announce_api_key_change();

alter table public.api_keys enable row level security;
revoke all on public.api_keys from anon, authenticated;
-- Everything but the hash.
grant select (
  id, organization_id, name, prefix, last_four, livemode, scopes, allowed_ips, created_by, created_at, expires_at, revoked_at, rotated_from,
  last_used_at, requests_per_minute, may_exceed_plan
) on public.api_keys to authenticated;
create policy members_read on public.api_keys for select to authenticated using (public.is_member_of(organization_id));

-- The catalogue of what is counted.

create table public.metrics (
  key text primary key check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  name text not null,
  unit text not null,
  -- How the quantities of a period become one number: added up, events counted, the highest, the latest, distinct values.
  aggregation text not null check (aggregation in ('sum', 'count', 'max', 'last', 'unique')),
  created_at timestamptz not null default now()
);

alter table public.metrics enable row level security;
revoke all on public.metrics from anon, authenticated;
grant select on public.metrics to authenticated;
create policy everyone_reads on public.metrics for select to authenticated using (true);

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

-- Requests that create something and may be sent again: who asked, under which key, for what, and what was answered.

create table public.idempotency_keys (
  organization_id uuid not null references public.organizations on delete cascade,
  -- Who asked within the organization, e.g. user:<id> or api_key:<id>: two callers may choose the same key.
  caller text not null check (char_length(caller) <= 100),
  key text not null check (char_length(key) between 1 and 255),
  request_sha256 bytea not null check (octet_length(request_sha256) = 32),
  -- Null while the first request is under way.
  status smallint,
  -- Never a secret: an answer that shows one is kept as the id of what it made.
  body text,
  created_id text,
  created_at timestamptz not null default now(),
  primary key (organization_id, caller, key)
);
create index idempotency_keys_age on public.idempotency_keys (created_at);

alter table public.idempotency_keys enable row level security;
revoke all on public.idempotency_keys from anon, authenticated;

-- Plans, what they limit, and which organization is on which of them at which instant.
--
-- Nothing here is reset by a job: a billing period is computed from the subscription's anchor, and the plan of an instant
-- is the latest phase that had started by then. So a change for the end of the period is a row whose time comes by itself.

create table public.plans (
  key text primary key check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  name text not null check (char_length(name) between 1 and 100),
  -- Moving to a higher rank is an upgrade and happens at once; to a lower one, at the end of the period.
  rank integer not null unique,
  created_at timestamptz not null default now()
);

create table public.plan_versions (
  id uuid primary key default gen_random_uuid(),
  plan_key text not null references public.plans,
  version integer not null check (version > 0),
  price_minor bigint not null check (price_minor >= 0),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  requests_per_minute integer not null check (requests_per_minute > 0),
  -- feature -> true, false or a number
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  published_at timestamptz not null default now(),
  -- Whether Stripe is sent what is used by the hour, for its own pages; it bills nothing by it.
  stripe_meters boolean not null default false,
  unique (plan_key, version)
);

-- A metric without a row is not limited by the plan, nor is one whose included quantity is null.
create table public.plan_limits (
  plan_version_id uuid not null references public.plan_versions,
  metric text not null references public.metrics,
  included numeric check (included >= 0),
  enforcement text not null check (enforcement in ('hard', 'overage')),
  -- Units beyond what is included, after which overage stops as well; null is no end.
  overage_limit numeric check (overage_limit > 0),
  -- What units beyond what is included cost, in major units of the version's currency, as exact decimals
  -- (src/rating/contracts.ts), each with an optional "minimum" and "maximum":
  --   {"model": "flat", "amount": "49"}
  --   {"model": "per_unit", "unit_price": "0.002"}
  --   {"model": "graduated" or "volume", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]};
  --     a tier may have a "flat_amount"
  --   {"model": "package", "package_size": "1000", "package_price": "0.02"}, and "charged": "full" where only full packages are
  price jsonb check (price ->> 'model' in ('flat', 'per_unit', 'graduated', 'volume', 'package')),
  -- What is answered while the database cannot be asked.
  on_outage text not null check (on_outage in ('allow', 'deny')),
  primary key (plan_version_id, metric),
  check (case enforcement
    when 'overage' then included is not null and price is not null
    else price is null and overage_limit is null
  end)
);

create table public.subscriptions (
  organization_id uuid primary key references public.organizations on delete cascade,
  -- Period n is [anchor + n months, anchor + (n + 1) months), at midnight UTC.
  anchor date not null,
  -- What overage may cost in a period, in minor units of the plan's currency; null is no cap.
  spend_cap_minor bigint check (spend_cap_minor >= 0),
  created_at timestamptz not null default now()
);

-- The first phase starts at -infinity, so that usage from before the sign-up (an import) has a plan too.
create table public.subscription_phases (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.subscriptions on delete cascade,
  starts_at timestamptz not null,
  plan_version_id uuid not null references public.plan_versions,
  reason text not null check (
    reason in ('sign_up', 'upgrade', 'downgrade', 'cancel', 'admin', 'trial', 'trial_ended', 'subscribed', 'restricted', 'restored')
  ),
  -- Who charges the plan's fee for the phase: our invoice, a subscription at Stripe, or nobody (a trial).
  fee text not null default 'invoice' check (fee in ('invoice', 'stripe', 'none')),
  created_at timestamptz not null default now(),
  unique (organization_id, starts_at)
);

-- Extra units, beyond the included ones. Used in order of expiry, the soonest first.
create table public.quota_grants (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  units numeric not null check (units > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  granted_by text not null,
  granted_at timestamptz not null default now(),
  expires_at timestamptz check (expires_at > granted_at),
  revoked_at timestamptz
);
create index quota_grants_organization on public.quota_grants (organization_id, metric, expires_at);

-- What a period has used of a grant. Set by the recording transaction from the period's usage, never added to.
create table public.quota_grant_draws (
  grant_id uuid not null references public.quota_grants on delete cascade,
  period_start timestamptz not null,
  units numeric not null check (units >= 0),
  primary key (grant_id, period_start)
);

-- Takes the place of what the plan includes.
create table public.quota_overrides (
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  -- null is unlimited
  included numeric check (included >= 0),
  reason text not null check (char_length(reason) between 1 and 500),
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (organization_id, metric)
);

-- What was published is not edited: no row changes, and no limit is added to a version later. (published_at is the start
-- of the transaction, so only that transaction can add the version's limits.)
create trigger only_added_to before update or delete on public.plan_versions
  for each row execute function public.refuse_change();
create trigger only_added_to before update or delete on public.plan_limits
  for each row execute function public.refuse_change();
create trigger admit_plan_limit before insert on public.plan_limits
  for each row execute function public.admit_plan_limit();

create trigger open_subscription after insert on public.organizations
  for each row execute function public.open_subscription();

create trigger announce_change after insert or update or delete on public.subscriptions
  for each row execute function public.announce_quota_change();
create trigger admit_phase before insert or update of plan_version_id on public.subscription_phases
  for each row execute function public.admit_phase();
create trigger announce_change after insert or update or delete on public.subscription_phases
  for each row execute function public.announce_quota_change();
create trigger announce_change after insert or update or delete on public.quota_grants
  for each row execute function public.announce_quota_change();
create trigger announce_change after insert or update or delete on public.quota_overrides
  for each row execute function public.announce_quota_change();

alter table public.plans enable row level security;
alter table public.plan_versions enable row level security;
alter table public.plan_limits enable row level security;
alter table public.subscriptions enable row level security;
alter table public.subscription_phases enable row level security;
alter table public.quota_grants enable row level security;
alter table public.quota_grant_draws enable row level security;
alter table public.quota_overrides enable row level security;
revoke all on public.plans, public.plan_versions, public.plan_limits, public.subscriptions, public.subscription_phases,
  public.quota_grants, public.quota_grant_draws, public.quota_overrides from anon, authenticated;
grant select on public.plans, public.plan_versions, public.plan_limits, public.subscriptions, public.subscription_phases,
  public.quota_grants, public.quota_grant_draws, public.quota_overrides to authenticated;
create policy everyone_reads on public.plans for select to authenticated using (true);
create policy everyone_reads on public.plan_versions for select to authenticated using (true);
create policy everyone_reads on public.plan_limits for select to authenticated using (true);
create policy members_read on public.subscriptions for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.subscription_phases for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_grants for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_overrides for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_grant_draws for select to authenticated using (
  exists (select from public.quota_grants g where g.id = grant_id and public.is_member_of(g.organization_id))
);

-- What is to be told, from when on, and to whom. Rules on quotas are applied by the transaction that records usage
-- (raise_usage_alerts); all others by a run that reads what there is to measure.
create table public.alert_rules (
  id uuid primary key default gen_random_uuid(),
  -- Null: a rule of the installation, told to platform admins. It watches every organization that is used, and what belongs to none.
  organization_id uuid references public.organizations on delete cascade,
  -- Usage of this key only; null: all live usage.
  api_key_id uuid references public.api_keys on delete cascade,
  kind text not null check (kind in ('quota_share', 'overage', 'units', 'rate', 'money', 'forecast', 'anomaly', 'error_rate', 'integrity')),
  -- One of those that every organization has from its first instant; they can be switched, not removed.
  level text check (level in ('80', '90', '100', 'overage')),
  name text not null check (length(name) between 1 and 80),
  -- Null: of a quota or an anomaly, every metric; of money, errors and integrity there is none.
  metric text references public.metrics,
  -- quota_share: per cent of what is included; units: in the period; rate: units in a UTC hour; money: minor units of the plan's
  -- currency in the period; forecast: probability, 0 to 1; anomaly: risk, 0 to 100; error_rate: per cent of calls.
  threshold numeric check (threshold > 0),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  mail_roles text[] not null default '{owner,admin}' check (mail_roles <@ '{owner,admin,member}'::text[]),
  mail_addresses text[] not null default '{}' check (cardinality(mail_addresses) <= 5),
  -- subscribed: every endpoint that has subscribed to alerts; chosen: those named.
  webhooks text not null default 'subscribed' check (webhooks in ('subscribed', 'none', 'chosen')),
  webhook_endpoint_ids uuid[] not null default '{}' check (cardinality(webhook_endpoint_ids) <= 10),
  -- For so long it must have been clear before it is told anew.
  cooldown_seconds integer not null default 900 check (cooldown_seconds between 0 and 604800),
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((threshold is null) = (kind in ('overage', 'integrity'))),
  check ((webhooks = 'chosen') = (cardinality(webhook_endpoint_ids) > 0)),
  check (api_key_id is null or organization_id is not null)
);
create unique index alert_rules_level on public.alert_rules (organization_id, level) where level is not null;
-- Recording reads the levels of an organization from here.
create index alert_rules_of_quotas on public.alert_rules (organization_id) include (id, kind, metric, threshold)
  where enabled and kind in ('quota_share', 'overage');
create index alert_rules_organization on public.alert_rules (organization_id, created_at, id);
create index alert_rules_measured on public.alert_rules (organization_id)
  where enabled and kind in ('units', 'rate', 'money', 'forecast', 'error_rate');
create index alert_rules_api_key on public.alert_rules (api_key_id) where api_key_id is not null;

create trigger open_alert_rules after insert on public.organizations
  for each row execute function public.open_alert_rules();
-- What counters remember of when a level is due is old then.
create trigger announce_change after insert or update or delete on public.alert_rules
  for each row execute function public.announce_quota_change();

alter table public.alert_rules enable row level security;
revoke all on public.alert_rules from anon, authenticated;

-- Quotas: how much of each metric a billing period has used, and the units that are lent to processes meanwhile.
-- Why this cannot overshoot: docs/decisions/0007-quota-leases.md.
--
-- Order of locks, everywhere: usage_ledgers, subscriptions, quota_counters (by primary key), quota_leases, quota_grants (by
-- id), alert_rules (by id), usage_alerts; see ARCHITECTURE. A lease is changed only under the lock of its counter.
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
  -- Since when somebody is refused who is to be told once units come back.
  refused_at timestamptz,
  -- When the snapshot of the ended period was written.
  closed_at timestamptz,
  -- No alert is due while `used` is below alert_at, the terms are still those of version alert_terms, and it is before
  -- alert_until. Null: not known.
  alert_at numeric,
  alert_terms bigint,
  alert_until timestamptz,
  primary key (organization_id, livemode, metric, period_start)
) with (fillfactor = 50);
create index quota_counters_unclosed on public.quota_counters (period_start) where closed_at is null;

-- Counts the changes of what an organization may use; moved by whoever changes it.
create table public.quota_terms_versions (
  organization_id uuid primary key references public.organizations on delete cascade,
  version bigint not null
);
alter table public.quota_terms_versions enable row level security;
revoke all on public.quota_terms_versions from anon, authenticated;

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
  -- A lease of a process is removed with its last unit, so only reservations have another state than open. closed: committed.
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

-- Periods whose quantities are frozen: everything stored up to `stored_through`, the cutoff, is in them and nothing else.
create table public.closed_periods (
  organization_id uuid not null,
  period_start timestamptz not null,
  period_end timestamptz not null,
  stored_through timestamptz not null,
  closed_at timestamptz not null,
  primary key (organization_id, period_start)
);

-- The events of closed periods that were stored after the cutoff.
create table public.late_usage_events (
  organization_id uuid not null,
  -- Of the period in which the event happened.
  period_start timestamptz not null,
  stored_at timestamptz not null,
  source_id bigint not null,
  event_key uuid not null,
  livemode boolean not null,
  occurred_at timestamptz not null,
  primary key (organization_id, period_start, stored_at, source_id, event_key)
);

-- What a period came to when it was closed. Written once; usage that is reported later moves the counter only.
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

-- The same for each plan version that held in the period, with what was used while it did.
create table public.quota_phase_snapshots (
  organization_id uuid not null,
  livemode boolean not null,
  metric text not null,
  period_start timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  plan_version_id uuid not null references public.plan_versions,
  -- By the metric's aggregation; of a gauge the level at the phase's end, or the highest in it.
  quantity numeric not null,
  highest numeric not null,
  events bigint not null,
  -- At the phase's end, with override and grants; null is unlimited.
  included numeric,
  primary key (organization_id, livemode, metric, period_start, starts_at)
);

-- What a rule said, once for each time it began to hold. What the rule was is kept here: it may be changed, or removed.
create table public.usage_alerts (
  id uuid primary key default gen_random_uuid(),
  -- Whose usage it is about; null: the whole installation.
  organization_id uuid references public.organizations on delete cascade,
  rule_id uuid references public.alert_rules on delete set null,
  -- Whose rule it is: its members, or the platform's admins.
  audience text not null default 'organization' check (audience in ('organization', 'installation')),
  kind text not null,
  level text check (level in ('80', '90', '100', 'overage')),
  name text not null,
  severity text not null check (severity in ('info', 'warning', 'critical')),
  threshold numeric,
  metric text references public.metrics,
  api_key_id uuid,
  -- What is told once, whatever became of it: an incident, a day that was mended. Empty where a rule holds or does not.
  occurrence text not null default '' check (length(occurrence) <= 200),
  period_start timestamptz,
  period_end timestamptz,
  -- Units, minor units of the currency, a probability, a risk or per cent: as the threshold.
  used numeric not null,
  included numeric,
  currency text,
  -- What was done about it when it was raised.
  action text not null default 'none' check (action in ('none', 'throttled', 'blocked', 'charged')),
  status text not null default 'pending' check (status in ('pending', 'sent', 'acknowledged', 'resolved')),
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by uuid,
  resolved_at timestamptz,
  resolved_by uuid,
  -- When it had been clear for as long as its rule asks for, or nothing more was to come: it opens no more.
  settled_at timestamptz,
  check ((status = 'resolved') = (resolved_at is not null)),
  check (settled_at is null or status = 'resolved'),
  check (audience = 'installation' or organization_id is not null)
);
-- One alert each, however many batches jump over a level at once; resolved ones make room for the next crossing.
create unique index usage_alerts_one_open on public.usage_alerts (organization_id, rule_id, metric, period_start, occurrence) nulls not distinct
  where status <> 'resolved' and rule_id is not null;
create index usage_alerts_organization on public.usage_alerts (organization_id, created_at desc);
create index usage_alerts_rule on public.usage_alerts (rule_id, organization_id, created_at desc);
create index usage_alerts_pending on public.usage_alerts (created_at, id) where status = 'pending';
create index usage_alerts_unsettled on public.usage_alerts (resolved_at, id) where status = 'resolved' and settled_at is null;
create index usage_alerts_ending on public.usage_alerts (period_end) where status in ('sent', 'acknowledged');
create index usage_alerts_installation on public.usage_alerts (created_at desc, id desc) where audience = 'installation';

-- What a batch adds to a counter. Without an aggregation it adds nothing, and units are settled only.
create type public.quota_move as (
  organization_id uuid,
  livemode boolean,
  metric text,
  period_start timestamptz,
  aggregation text,
  events bigint,
  total numeric,
  highest numeric,
  latest numeric,
  last_at timestamptz,
  as_of timestamptz
);

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
  period_end timestamptz,
  -- Where units are lacking: in how many ms so many may have come back at the earliest; null is not in this period.
  fits_in_ms bigint
);

alter table public.quota_counters enable row level security;
alter table public.quota_leases enable row level security;
alter table public.quota_released_holders enable row level security;
alter table public.quota_period_snapshots enable row level security;
alter table public.quota_phase_snapshots enable row level security;
alter table public.closed_periods enable row level security;
alter table public.late_usage_events enable row level security;
alter table public.usage_alerts enable row level security;
revoke all on public.quota_counters, public.quota_leases, public.quota_released_holders, public.quota_period_snapshots, public.quota_phase_snapshots,
  public.closed_periods, public.late_usage_events, public.usage_alerts from anon, authenticated;
grant select on public.quota_counters, public.quota_period_snapshots, public.quota_phase_snapshots, public.usage_alerts to authenticated;
create policy members_read on public.quota_counters for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_period_snapshots for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_phase_snapshots for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.usage_alerts for select to authenticated
  using (audience = 'organization' and public.is_member_of(organization_id));

-- Billing: who is billed, and the invoices of periods that are over.
--
-- Periods are billed in order, one invoice each at most. What an invoice says is written while it is a draft and never again:
-- a correction is a credit note or a line of a later invoice. Order of locks: an account's row stands before usage_ledgers.

create table public.billing_accounts (
  organization_id uuid primary key references public.organizations on delete cascade,
  -- Whom invoices are addressed to; the organization's name and its owners' addresses where nothing is said.
  legal_name text check (char_length(legal_name) between 1 and 200),
  email text check (char_length(email) between 3 and 320),
  address jsonb not null default '{}' check (jsonb_typeof(address) = 'object'),
  tax_id text check (char_length(tax_id) between 1 and 50),
  -- Of the first invoice; all later ones have the same. Null until then.
  currency text check (currency ~ '^[A-Z]{3}$'),
  -- Periods that ended by then are billed. Begins with the period of the sign-up: usage from before it is never billed.
  billed_through timestamptz not null,
  -- The end of the first period that is not.
  next_due_at timestamptz not null check (next_due_at > billed_through),
  -- Late events that were stored by then are billed.
  revised_through timestamptz not null default '-infinity',
  -- What invoices left for the next one: owed by the customer, or to them where negative. In minor units.
  carried_minor bigint not null default 0,
  -- Begins every number of an invoice or credit note.
  number_prefix text not null unique check (number_prefix ~ '^[0-9A-Z]{8}$'),
  last_invoice_number integer not null default 0,
  last_credit_note_number integer not null default 0,
  -- Since when a payment is outstanding that failed, and since when the organization has the free plan's limits for it.
  failing_since timestamptz,
  restricted_at timestamptz,
  restricted_from uuid references public.plan_versions,
  check ((restricted_at is null) = (restricted_from is null)),
  -- Billing that failed is tried again.
  attempts integer not null default 0,
  retry_at timestamptz not null default '-infinity',
  last_error text
);
create index billing_accounts_due on public.billing_accounts (next_due_at, organization_id);
create index billing_accounts_failing on public.billing_accounts (failing_since) where failing_since is not null;

-- What late events made of a closed period, per phase; the latest one up to a cutoff holds, and the snapshot before the first.
create table public.quota_phase_revisions (
  organization_id uuid not null,
  metric text not null,
  period_start timestamptz not null,
  starts_at timestamptz not null,
  ends_at timestamptz not null,
  plan_version_id uuid not null references public.plan_versions,
  -- The cutoff: everything stored by then is in it.
  stored_through timestamptz not null,
  quantity numeric not null,
  events bigint not null,
  -- As it was when the period was closed; null is unlimited.
  included numeric,
  primary key (organization_id, period_start, metric, starts_at, stored_through)
);

create table public.invoices (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  kind text not null check (kind in ('period')),
  period_start timestamptz not null,
  period_end timestamptz not null check (period_end > period_start),
  status text not null default 'draft' check (status in ('draft', 'finalized', 'sent', 'paid', 'payment_failed', 'void')),
  -- How it is paid: by an invoice of its own at Stripe, with the next invoice of a Stripe subscription, or outside of Stripe.
  collection text not null check (collection in ('stripe_invoice', 'stripe_subscription', 'manual')),
  -- The number without its prefix, from 1 on without gaps; given when it is finalized.
  sequence integer,
  number text unique,
  currency text not null check (currency ~ '^[A-Z]{3}$'),
  -- Seller and customer as they were when it was finalized.
  seller jsonb,
  bill_to jsonb,
  subtotal_minor bigint not null check (subtotal_minor >= 0),
  tax_minor bigint not null default 0 check (tax_minor >= 0),
  total_minor bigint not null check (total_minor = subtotal_minor + tax_minor),
  credited_minor bigint not null default 0 check (credited_minor between 0 and total_minor),
  drafted_at timestamptz not null,
  finalized_at timestamptz,
  due_at timestamptz,
  sent_at timestamptz,
  paid_at timestamptz,
  failed_at timestamptz,
  voided_at timestamptz,
  -- Why it stays a draft or is not handed over, for admins.
  attention text,
  stripe_invoice_id text,
  -- Where the customer can pay it.
  payment_url text,
  unique (organization_id, period_start, kind),
  unique (organization_id, sequence),
  check ((status = 'draft') = (number is null) and (number is null) = (sequence is null) and (number is null) = (finalized_at is null)),
  check ((status = 'paid') <= (paid_at is not null) and (status = 'void') <= (voided_at is not null))
);
create index invoices_organization on public.invoices (organization_id, period_start desc);
create index invoices_status on public.invoices (status, period_end);
create index invoices_stripe on public.invoices (stripe_invoice_id) where stripe_invoice_id is not null;

create table public.invoice_lines (
  id uuid primary key default gen_random_uuid(),
  invoice_id uuid not null references public.invoices,
  organization_id uuid not null,
  position integer not null check (position > 0),
  -- plan: its fee; usage: of a metric under one plan version; adjustment: what late events changed of a period billed before;
  -- carried: from an earlier invoice, or to the next.
  kind text not null check (kind in ('plan', 'usage', 'adjustment', 'carried')),
  description text not null check (char_length(description) between 1 and 500),
  -- What it is about, half-open: a phase of the period, of an adjustment a phase of an earlier one.
  from_at timestamptz not null,
  to_at timestamptz not null,
  -- Of which period: an adjustment's is earlier than the invoice's.
  period_start timestamptz not null,
  plan_version_id uuid references public.plan_versions,
  metric text references public.metrics,
  unit text,
  quantity numeric check (quantity >= 0),
  -- Units that earlier phases of the period used: they count against the included ones.
  quantity_before numeric check (quantity_before >= 0),
  included numeric,
  overage_limit numeric,
  -- As the plan version has it.
  price jsonb,
  -- The fee, or a gauge, is charged for so many days of so many.
  days integer,
  of_days integer,
  -- How the amount comes about: rated parts.
  parts jsonb not null default '[]',
  -- Of an adjustment: what earlier invoices charged for it, in minor units. Its amount is what is due in all minus this.
  billed_minor bigint,
  -- Exact, in major units; rounded once, half up, to minor units.
  exact_amount numeric not null,
  amount_minor bigint not null,
  tax_minor bigint not null default 0,
  -- The cutoff on stored_at, how many events there are up to it, and SHA-256 over them; of usage and adjustments.
  stored_through timestamptz,
  events bigint,
  digest_sha256 text check (digest_sha256 ~ '^[0-9a-f]{64}$'),
  -- Of a gauge the level that it began with, and when that was reported; null where nothing was.
  opening_at timestamptz check (opening_at < from_at),
  opening_level numeric,
  unique (invoice_id, position),
  check ((kind in ('usage', 'adjustment')) = (metric is not null) and (metric is null) = (stored_through is null)),
  check ((opening_at is null) = (opening_level is null))
);
create index invoice_lines_period on public.invoice_lines (organization_id, period_start, metric) where metric is not null;

create table public.credit_notes (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  invoice_id uuid not null references public.invoices,
  sequence integer not null,
  number text not null unique,
  amount_minor bigint not null check (amount_minor > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  -- Whether the whole invoice was voided by it.
  voids boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  stripe_credit_note_id text,
  unique (organization_id, sequence)
);
create index credit_notes_invoice on public.credit_notes (invoice_id);

create table public.credit_note_lines (
  credit_note_id uuid not null references public.credit_notes,
  invoice_line_id uuid not null references public.invoice_lines,
  organization_id uuid not null,
  amount_minor bigint not null,
  primary key (credit_note_id, invoice_line_id)
);

create trigger guard_invoice before update or delete on public.invoices
  for each row execute function public.guard_invoice();
create trigger guard_invoice_line before insert or update or delete on public.invoice_lines
  for each row execute function public.guard_invoice_line();
create trigger only_added_to before update of organization_id, invoice_id, sequence, number, amount_minor, reason, voids, created_by, created_at or delete
  on public.credit_notes for each row execute function public.refuse_change();
create trigger only_added_to before update or delete on public.credit_note_lines
  for each row execute function public.refuse_change();

alter table public.billing_accounts enable row level security;
alter table public.quota_phase_revisions enable row level security;
alter table public.invoices enable row level security;
alter table public.invoice_lines enable row level security;
alter table public.credit_notes enable row level security;
alter table public.credit_note_lines enable row level security;
revoke all on public.billing_accounts, public.quota_phase_revisions, public.invoices, public.invoice_lines, public.credit_notes,
  public.credit_note_lines from anon, authenticated;

-- Runs of billing: one at a time, each with how far it has come and what failed in it.

create table public.billing_runs (
  id uuid primary key,
  -- By the database's clock, as all instants here but `at`.
  started_at timestamptz not null default clock_timestamp(),
  -- A run whose process is gone has an old one.
  heartbeat_at timestamptz not null default clock_timestamp(),
  ended_at timestamptz,
  -- The moment it bills for, by the application's clock: periods that were over by then.
  at timestamptz not null,
  started_by text not null check (char_length(started_by) between 1 and 200),
  -- Prices what is due and writes nothing.
  dry_run boolean not null,
  -- stopped: its time was over, the next run goes on. failed: it could not go on.
  status text not null default 'running' check (status in ('running', 'done', 'stopped', 'failed')),
  -- Organizations with something to do when it began, those it is done with, and those in which something failed.
  due integer not null default 0,
  processed integer not null default 0,
  failed integer not null default 0,
  -- Periods with an invoice and without one, since they came to nothing.
  invoiced integer not null default 0,
  skipped integer not null default 0,
  -- What those periods came to, in minor units by currency.
  amounts jsonb not null default '{}' check (jsonb_typeof(amounts) = 'object'),
  last_organization uuid,
  -- Why it did not come to its end.
  reason text,
  check ((status = 'running') = (ended_at is null))
);
create index billing_runs_started on public.billing_runs (started_at desc, id desc);
create index billing_runs_running on public.billing_runs (heartbeat_at) where status = 'running';

create table public.billing_run_failures (
  run_id uuid not null references public.billing_runs on delete cascade,
  organization_id uuid not null,
  reason text not null check (char_length(reason) between 1 and 500),
  at timestamptz not null default clock_timestamp(),
  primary key (run_id, organization_id)
);

-- One row: who may bill now, until when by the database's clock, and up to which moment everybody was billed.
create table public.billing_lease (
  only_row boolean primary key default true check (only_row),
  holder uuid,
  expires_at timestamptz not null default '-infinity',
  watermark timestamptz not null default '-infinity'
);

alter table public.billing_runs enable row level security;
alter table public.billing_run_failures enable row level security;
alter table public.billing_lease enable row level security;
revoke all on public.billing_runs, public.billing_run_failures, public.billing_lease from anon, authenticated;

-- What Stripe was told, and is to be told.

-- Who an organization is at Stripe, and what Stripe last said of its subscription there.
create table public.stripe_customers (
  organization_id uuid primary key references public.organizations on delete cascade,
  customer_id text not null unique check (char_length(customer_id) between 1 and 255),
  -- Name, address and mail as Stripe knows them.
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  subscription_id text unique check (char_length(subscription_id) between 1 and 255),
  -- In Stripe's words, e.g. active or past_due.
  subscription_status text check (char_length(subscription_status) between 1 and 50),
  -- What pays, as far as it may be shown, e.g. {"brand": "visa", "last4": "4242"}; null where none is known.
  payment_method jsonb check (jsonb_typeof(payment_method) = 'object'),
  -- Of Stripe's two worlds: false is the sandbox.
  livemode boolean not null,
  updated_at timestamptz not null,
  check ((subscription_id is null) = (subscription_status is null))
);

-- Everything that Stripe is made to do, one row per effect, written before the first call. However often the call is repeated, by
-- whomever, the effect happens once: calls carry an idempotency key made of `effect` and `generation`, and what they make carries
-- `effect` in its metadata, by which it is found when a key can no longer be trusted. Instants are of the real clock.
create table public.stripe_effects (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  invoice_id uuid references public.invoices,
  credit_note_id uuid references public.credit_notes,
  -- Made of our ids and the step, e.g. invoice/0197…/finalize.
  effect text not null unique check (char_length(effect) between 1 and 200),
  kind text not null check (kind in (
    'customer', 'customer_details', 'invoice', 'subscription_draft', 'item', 'finalize', 'credit_note', 'void', 'product', 'price', 'checkout', 'subscription', 'meter',
    'meter_event'
  )),
  -- Effects of an invoice happen in this order.
  position integer not null default 0,
  -- failed: refused for good, until an admin has it tried again.
  state text not null default 'pending' check (state in ('pending', 'done', 'failed')),
  -- What it made.
  stripe_id text check (char_length(stripe_id) between 1 and 255),
  -- What is sent, as it was the first time under this generation: a repetition must say the same.
  request jsonb,
  -- Counts the idempotency keys that were given up.
  generation integer not null default 0,
  attempts integer not null default 0,
  -- Under this generation.
  first_attempted_at timestamptz,
  next_attempt_at timestamptz not null default '-infinity',
  -- Until then one process is at it.
  claimed_until timestamptz,
  last_error text check (char_length(last_error) <= 500),
  created_at timestamptz not null,
  done_at timestamptz,
  check ((state = 'done') = (stripe_id is not null and done_at is not null))
);
create index stripe_effects_invoice on public.stripe_effects (invoice_id, position) where invoice_id is not null;
create index stripe_effects_open on public.stripe_effects (state, next_attempt_at) where state <> 'done';
create index stripe_effects_meter_events on public.stripe_effects (created_at) where kind = 'meter_event';
create index stripe_effects_organization on public.stripe_effects (organization_id);

alter table public.stripe_customers enable row level security;
alter table public.stripe_effects enable row level security;
revoke all on public.stripe_customers, public.stripe_effects from anon, authenticated;

-- What Stripe told by webhook. An event is recorded before anything is done about it, and done once: instants but `created_at` are
-- the database's, so that processes agree on who holds which.

create table public.stripe_events (
  id text primary key check (id ~ '^evt_[A-Za-z0-9_]{1,250}$'),
  type text not null check (char_length(type) between 1 and 200),
  -- What it is about, which is asked for again: what an event carries may be old by the time it is looked at.
  object_id text check (char_length(object_id) between 1 and 255),
  customer_id text check (char_length(customer_id) between 1 and 255),
  -- At Stripe.
  created_at timestamptz not null,
  received_at timestamptz not null default clock_timestamp(),
  state text not null default 'received' check (state in ('received', 'processing', 'done', 'failed')),
  attempts integer not null default 0,
  -- Whoever processes it has so long; one that failed is not tried again by the scheduler before then.
  claimed_until timestamptz not null default clock_timestamp(),
  processed_at timestamptz,
  -- What came of it; of one that is done, what it was.
  outcome text check (char_length(outcome) between 1 and 500),
  last_error text check (char_length(last_error) between 1 and 500),
  check ((state = 'done') = (processed_at is not null))
);
create index stripe_events_open on public.stripe_events (claimed_until) where state <> 'done';
create index stripe_events_received on public.stripe_events (received_at);

alter table public.stripe_events enable row level security;
revoke all on public.stripe_events from anon, authenticated;

-- By which price at Stripe a plan version is paid. Both are made once and stay as they are.

create table public.stripe_prices (
  plan_version_id uuid not null references public.plan_versions,
  -- Of Stripe's two worlds: false is the sandbox.
  livemode boolean not null,
  product_id text not null check (char_length(product_id) between 1 and 255),
  price_id text not null unique check (char_length(price_id) between 1 and 255),
  primary key (plan_version_id, livemode)
);

alter table public.stripe_prices enable row level security;
revoke all on public.stripe_prices from anon, authenticated;

-- What is used by the hour, as Stripe's meters are sent it: a mirror for Stripe's own pages, which invoices do not rest on.

-- What was added to a metric's hour, in its units; what an hour has in all is their sum. The first revision is what it had when it
-- was over, each further one what came late. Each is an effect of the same name.
create table public.stripe_meter_values (
  organization_id uuid not null references public.organizations on delete cascade,
  -- Of Stripe's two worlds: false is the sandbox.
  livemode boolean not null,
  metric text not null references public.metrics,
  hour timestamptz not null,
  revision integer not null check (revision > 0),
  quantity numeric not null check (quantity <> 0),
  -- refused: Stripe does not take it.
  state text not null default 'noted' check (state in ('noted', 'sent', 'refused')),
  primary key (organization_id, livemode, metric, hour, revision)
);
create index stripe_meter_values_hour on public.stripe_meter_values (hour);

-- How far an organization's usage has been noted above.
create table public.stripe_meter_progress (
  organization_id uuid not null references public.organizations on delete cascade,
  livemode boolean not null,
  -- Hours that were over by then were looked at.
  noted_hour timestamptz not null,
  -- What was stored up to then belongs to hours that were over; what was stored later is looked at again.
  noted_through timestamptz not null,
  primary key (organization_id, livemode)
);

alter table public.stripe_meter_values enable row level security;
alter table public.stripe_meter_progress enable row level security;
revoke all on public.stripe_meter_values, public.stripe_meter_progress from anon, authenticated;

-- Reports of usage that lie ready as files for a week, and the schedules by which they are made.

create table public.report_schedules (
  id uuid primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  name text not null check (char_length(name) between 1 and 100),
  type text not null check (type in ('summary', 'detailed', 'forecast', 'anomaly')),
  format text not null check (format in ('pdf', 'xlsx', 'csv', 'json')),
  -- Metrics, filters, and whether to compare, as they were asked for.
  asked jsonb not null check (jsonb_typeof(asked) = 'object'),
  livemode boolean not null,
  every text not null check (every in ('week', 'month')),
  -- Of the week from Monday (1) on, or of the month; the last one where a month is shorter.
  day integer not null check (day between 1 and 31),
  time_zone text not null check (char_length(time_zone) between 1 and 64),
  -- Roles or addresses.
  recipients jsonb not null check (jsonb_typeof(recipients) = 'object'),
  created_by text not null,
  created_at timestamptz not null,
  -- When the next report is made, and of which period the last one was.
  next_at timestamptz not null,
  last_period_end timestamptz
);
create index report_schedules_organization on public.report_schedules (organization_id, created_at desc, id desc);
create index report_schedules_due on public.report_schedules (next_at);

create table public.usage_reports (
  id uuid primary key,
  organization_id uuid not null references public.organizations on delete cascade,
  type text not null check (type in ('summary', 'detailed', 'forecast', 'anomaly')),
  format text not null check (format in ('pdf', 'xlsx', 'csv', 'json')),
  status text not null default 'queued' check (status in ('queued', 'running', 'ready', 'failed')),
  period_start timestamptz not null,
  period_end timestamptz not null check (period_start < period_end),
  -- Metrics, filters, and whether to compare, as they were asked for.
  asked jsonb not null check (jsonb_typeof(asked) = 'object'),
  livemode boolean not null,
  created_by text not null,
  created_at timestamptz not null,
  schedule_id uuid references public.report_schedules on delete set null,
  -- How often somebody began to make it; the number names who may go on.
  attempts integer not null default 0,
  -- By the database's clock: until when it is somebody's, or while it waits, from when on it may be taken.
  lease_expires_at timestamptz,
  progress numeric not null default 0 check (progress between 0 and 1),
  rows_written bigint not null default 0,
  file_key text,
  size_bytes bigint check (size_bytes >= 0),
  downloads integer not null default 0,
  finished_at timestamptz,
  expires_at timestamptz,
  failure text check (char_length(failure) between 1 and 500),
  check ((status = 'ready') = (file_key is not null) and (status = 'failed') = (failure is not null)),
  check ((status in ('ready', 'failed')) = (finished_at is not null) and (finished_at is null) = (expires_at is null)),
  -- What is missed is made once.
  unique (schedule_id, period_end)
);
create index usage_reports_organization on public.usage_reports (organization_id, created_at desc, id desc);
create index usage_reports_open on public.usage_reports (created_at, id) where status in ('queued', 'running');
create index usage_reports_expiring on public.usage_reports (expires_at) where expires_at is not null;

alter table public.report_schedules enable row level security;
alter table public.usage_reports enable row level security;
revoke all on public.report_schedules, public.usage_reports from anon, authenticated;

-- How far the application's time is ahead of the real one, so that billing periods can be lived through in a test. Read only
-- by servers that were started with TEST_CLOCK=1; in every other installation this row says 0 and nobody looks.
create table public.test_clock (
  only_row boolean primary key default true check (only_row),
  offset_ms bigint not null default 0,
  set_by text,
  set_at timestamptz not null default now()
);

alter table public.test_clock enable row level security;
revoke all on public.test_clock from anon, authenticated;

-- What was foretold of usage, so that pages need not compute it and it can be shown later how good it was.

-- A forecast of one metric's days from the whole days before made_on, the first of which it is: it does not depend on when it was
-- made that day. Arrays have an entry per day ahead.
create table public.usage_forecasts (
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  made_on date not null,
  -- Whole days that were gone by.
  history_days integer not null check (history_days >= 7),
  mean double precision[] not null,
  lo double precision[] not null,
  hi double precision[] not null,
  -- The interval of the sum of all days up to each.
  sums_lo double precision[] not null,
  sums_hi double precision[] not null,
  primary key (organization_id, metric, made_on),
  check (array_length(lo, 1) is not distinct from array_length(mean, 1) and array_length(hi, 1) is not distinct from array_length(mean, 1)),
  check (array_length(sums_lo, 1) is not distinct from array_length(mean, 1) and array_length(sums_hi, 1) is not distinct from array_length(mean, 1))
);
create index usage_forecasts_made_on on public.usage_forecasts (made_on);

-- On which day an organization's forecasts were last made by the nightly run, all of them.
create table public.usage_forecast_progress (
  organization_id uuid primary key references public.organizations on delete cascade,
  done_on date not null
);

alter table public.usage_forecasts enable row level security;
alter table public.usage_forecast_progress enable row level security;
revoke all on public.usage_forecasts, public.usage_forecast_progress from anon, authenticated;

-- The period that holds an instant, each counted from the anchor: 31 Jan, 28 Feb, 31 Mar.
-- (Adding n months lands in the n-th month, at its last day if it is too short; so the period starts in the instant's own
-- month, or in the month before it.) The same as periodAt in src/kernel/billing-period.ts.
create function public.billing_period(p_anchor date, p_at timestamptz)
returns table (period_start timestamptz, period_end timestamptz)
language sql immutable parallel safe as $$
  select
    (p_anchor + make_interval(months => k.months)) at time zone 'UTC',
    (p_anchor + make_interval(months => k.months + 1)) at time zone 'UTC'
  from (select p_at at time zone 'UTC' as local_at) u
  cross join lateral (
    select (
      (extract(year from u.local_at) - extract(year from p_anchor)) * 12 + extract(month from u.local_at) - extract(month from p_anchor)
    )::integer as months
  ) m
  cross join lateral (
    select m.months - case when p_anchor + make_interval(months => m.months) > u.local_at then 1 else 0 end as months
  ) k;
$$;

-- The plan versions that an organization was on in [p_from, p_to), each with its part of it.
create function public.plan_phases(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, fee text)
language sql stable set search_path = public as $$
  select greatest(f.starts_at, p_from), least(f.next_at, p_to), f.plan_version_id, f.fee
  from (
    select p.starts_at, coalesce(lead(p.starts_at) over (order by p.starts_at), 'infinity') as next_at, p.plan_version_id, p.fee
    from subscription_phases p where p.organization_id = p_org
  ) f
  where f.starts_at < p_to and f.next_at > p_from;
$$;

-- Adds counts to a breakdown: puts them in front and, once it is long, counts what stands in it several times as one.
create function public.add_breakdowns(p_breakdown bytea, p_added bytea) returns bytea
language sql immutable parallel safe as $$
  select case when length(p_breakdown) + length(p_added) <= 1800 then p_added || p_breakdown else compact_breakdown(p_added || p_breakdown) end;
$$;

-- Adds sums per hour to usage_daily. The caller holds the ledgers.
create function public.add_to_usage_daily(p_hours public.usage_rollups[]) returns void
language plpgsql set search_path = public, pg_temp set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  merge into usage_daily t using sum_rollups_by_day(p_hours) s
  on t.organization_id = s.organization_id and t.livemode = s.livemode and t.metric = s.metric and t.day = s.day
    and t.api_key_id = s.api_key_id and t.route = s.route
  when matched then update set
    events = t.events + s.events,
    quantity_sum = t.quantity_sum + s.quantity_sum,
    quantity_max = greatest(t.quantity_max, s.quantity_max),
    quantity_last = case when row(s.last_at, s.quantity_last) > row(t.last_at, t.quantity_last) then s.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, s.last_at),
    client_errors = t.client_errors + s.client_errors,
    server_errors = t.server_errors + s.server_errors,
    request_bytes = t.request_bytes + s.request_bytes,
    response_bytes = t.response_bytes + s.response_bytes,
    duration_us = t.duration_us + s.duration_us,
    measured = t.measured + s.measured,
    breakdown = add_breakdowns(t.breakdown, s.breakdown)
  when not matched then insert values (
    s.organization_id, s.livemode, s.metric, s.day, s.api_key_id, s.route, s.client_errors, s.server_errors, s.last_at, s.quantity_last,
    s.quantity_max, s.events, s.quantity_sum, s.request_bytes, s.response_bytes, s.duration_us, s.measured, s.breakdown
  );
end $$;

-- Adds sums to usage_rollups. The caller holds the ledgers, so nobody else touches these rows, and no row has to be locked or
-- tried first (as insert … on conflict would do, at twice the price). Each is looked up by its key: a plan that was made while
-- the table was empty would read all of it for each, until its statistics are renewed.
create function public.add_to_usage_rollups(p_hours public.usage_rollups[]) returns void
language plpgsql set search_path = public, pg_temp set jit = off set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
begin
  merge into usage_rollups t using unnest(p_hours) s
  on t.organization_id = s.organization_id and t.livemode = s.livemode and t.metric = s.metric and t.hour = s.hour
    and t.api_key_id = s.api_key_id and t.route = s.route
  when matched then update set
    events = t.events + s.events,
    quantity_sum = t.quantity_sum + s.quantity_sum,
    quantity_max = greatest(t.quantity_max, s.quantity_max),
    quantity_last = case when row(s.last_at, s.quantity_last) > row(t.last_at, t.quantity_last) then s.quantity_last else t.quantity_last end,
    last_at = greatest(t.last_at, s.last_at),
    client_errors = t.client_errors + s.client_errors,
    server_errors = t.server_errors + s.server_errors,
    request_bytes = t.request_bytes + s.request_bytes,
    response_bytes = t.response_bytes + s.response_bytes,
    duration_us = t.duration_us + s.duration_us,
    measured = t.measured + s.measured,
    breakdown = add_breakdowns(t.breakdown, s.breakdown)
  when not matched then insert values (
    s.organization_id, s.livemode, s.metric, s.hour, s.api_key_id, s.route, s.client_errors, s.server_errors, s.last_at, s.quantity_last,
    s.quantity_max, s.events, s.quantity_sum, s.request_bytes, s.response_bytes, s.duration_us, s.measured, s.breakdown
  );
end $$;

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

-- Adds the sums of usage_batch to usage_rollups, and to usage_daily those of hours that are folded already; hands the sums on.
create function public.add_usage_batch_to_sums() returns public.usage_rollups[]
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_hours usage_rollups[] := array(select h from usage_batch_rollups() h);
  v_late usage_rollups[];
begin
  perform add_to_usage_rollups(v_hours);
  if exists (
    select from (select b.organization_id, min(b.occurred_at) as first_at from usage_batch b group by 1) b
    join usage_ledgers g using (organization_id) where b.first_at < g.folded_to
  ) then
    v_late := array(
      select h::usage_rollups from unnest(v_hours) h join usage_ledgers g on g.organization_id = h.organization_id where h.hour < g.folded_to
    );
    perform add_to_usage_daily(v_late);
  end if;
  return v_hours;
end $$;

-- Adds the distinct values of usage_batch to usage_unique_values, and says how many of them are new to their period.
create function public.add_usage_batch_to_unique_values()
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, added bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
  with added as (
    insert into usage_unique_values (organization_id, livemode, metric, day, value_sha256)
    select * from usage_batch_unique_values()
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

-- Counts a day (UTC) of some organizations again from their raw events, and says which sums, distinct values and quota counters
-- differ. Recording keeps them right by itself, so this must find nothing; it is the nightly proof. Without p_mend it takes no
-- lock, and the caller sees to it that all is read as of one instant (repeatable read). With p_mend it takes the ledgers, so that
-- nothing is recorded between the counting and the replacing, and replaces what differs.
-- A day of which retention has removed events or hours is left as it is. Gauges are no sum of their period,
-- so their counters are not compared.
create function public.aggregate_daily_usage(p_day date, p_orgs uuid[], p_mend boolean)
returns table (organization_id uuid, sums text, livemode boolean, metric text, bucket timestamptz, route text, events_before bigint, events_after bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_from timestamptz := p_day::timestamp at time zone 'UTC';
  v_to timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_metrics text[] := array(select key from metrics);
  v_orgs uuid[];
  v_hours usage_rollups[];
  v_days usage_daily[];
begin
  if p_mend then
    perform from (select from usage_ledgers g where g.organization_id = any (p_orgs) order by g.organization_id for update) taken;
  end if;
  v_orgs := array(select g.organization_id from usage_ledgers g where g.organization_id = any (p_orgs) and g.raw_from <= v_from and g.hours_from <= v_from);
  perform prepare_usage_batch();
  insert into usage_batch select 0, e.* from usage_events e
  where e.organization_id = any (v_orgs) and e.occurred_at >= v_from and e.occurred_at < v_to;
  v_hours := array(select r from usage_batch_rollups() r);
  v_days := array(select d from sum_rollups_by_day(array(
    select h::usage_rollups from unnest(v_hours) h join usage_ledgers g on g.organization_id = h.organization_id where h.hour < g.folded_to
  )) d);

  return query
    select organization_id, 'hour', livemode, metric, hour, route, t.events, v.events
    from unnest(v_hours) v
    full join (
      select * from usage_rollups r
      where r.organization_id = any (v_orgs) and r.livemode = any ('{true,false}') and r.metric = any (v_metrics) and r.hour >= v_from and r.hour < v_to
    ) t using (organization_id, livemode, metric, hour, api_key_id, route)
    where row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us, t.measured)
        is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us, v.measured)
        or t.breakdown is distinct from v.breakdown and compact_breakdown(t.breakdown) is distinct from compact_breakdown(v.breakdown);
  if found and p_mend then
    delete from usage_rollups r where r.organization_id = any (v_orgs) and r.hour >= v_from and r.hour < v_to;
    insert into usage_rollups select * from unnest(v_hours);
  end if;

  return query
    select organization_id, 'day', livemode, metric, v_from, route, t.events, v.events
    from unnest(v_days) v
    full join (
      select * from usage_daily r
      where r.organization_id = any (v_orgs) and r.livemode = any ('{true,false}') and r.metric = any (v_metrics) and r.day = p_day
    ) t using (organization_id, livemode, metric, day, api_key_id, route)
    where row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us, t.measured)
        is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us, v.measured)
        or t.breakdown is distinct from v.breakdown and compact_breakdown(t.breakdown) is distinct from compact_breakdown(v.breakdown);
  if found and p_mend then
    delete from usage_daily r where r.organization_id = any (v_orgs) and r.day = p_day;
    insert into usage_daily select * from unnest(v_days);
  end if;

  return query select d.organization_id, 'distinct', d.livemode, d.metric, v_from, null::text, d.kept, d.counted from recount_unique_values(v_orgs, p_day, p_mend) d;
  return query select d.organization_id, 'counter', d.livemode, d.metric, d.period_start, null::text, d.events_before, d.events_after from recount_quota_counters(v_orgs, v_from, p_mend) d;
end $$;

-- What a breakdown counts, by code.
create function public.breakdown_counts(p_breakdown bytea) returns table (code smallint, n bigint)
language sql immutable parallel safe rows 50 as $$
  select ((get_byte(b, i) << 8) + get_byte(b, i + 1))::smallint,
    sum((get_byte(b, i + 2)::bigint << 24) + (get_byte(b, i + 3) << 16) + (get_byte(b, i + 4) << 8) + get_byte(b, i + 5))::bigint
  -- Put together anew, so that it is unpacked once and not for every byte.
  from (select p_breakdown || ''::bytea as b) packed cross join lateral generate_series(0, length(packed.b) - 6, 6) i
  group by 1;
$$;

-- The breakdown of one call. The codes: its latency bucket (0 to 1999), its status (2000 and up), its method (3000 and up: its place
-- in the list below, which is only added to; 3000 is any other, so that reporters cannot make a breakdown grow), its country
-- (4000 and up). What it does not have is not counted.
create function public.call_breakdown(p_duration_us integer, p_status smallint, p_method text, p_country text) returns bytea
language sql immutable parallel safe as $$
  select
    case when p_duration_us is null then ''::bytea else int2send(latency_bucket(p_duration_us)::smallint) || '\x00000001'::bytea end
    || case when p_status between 0 and 999 then int2send((2000 + p_status)::smallint) || '\x00000001'::bytea else ''::bytea end
    || case when p_method is null then ''::bytea else
        int2send((3000 + coalesce(array_position('{GET,HEAD,POST,PUT,DELETE,CONNECT,OPTIONS,TRACE,PATCH,QUERY}'::text[], p_method), 0))::smallint)
        || '\x00000001'::bytea
      end
    || case when p_country ~ '^[A-Z0-9]{2}$' then
        int2send((
          4000 + 36 * strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', left(p_country, 1))
            + strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', right(p_country, 1)) - 37
        )::smallint) || '\x00000001'::bytea
        else ''::bytea
      end;
$$;

-- A breakdown with one entry for each code, in order of the codes; a number beyond four bytes takes several entries.
create function public.compact_breakdown(p_breakdown bytea) returns bytea
language sql immutable parallel safe as $$
  select coalesce(string_agg(int2send(c.code) || int4send(least(2147483647, c.n - k * 2147483647)::integer), ''::bytea order by c.code, k), ''::bytea)
  from breakdown_counts(p_breakdown) c cross join lateral generate_series(0, (c.n - 1) / 2147483647) k;
$$;

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

-- Drops the partitions that retention has emptied: of months that ended more than 35 days before p_at. Whoever uses the table
-- right now is not made to wait for longer than a fifth of a second; then the next run does it. Gives back how many it dropped.
create function public.drop_empty_usage_partitions(p_at timestamptz) returns integer
language plpgsql set search_path = public set lock_timeout = '200ms' as $$
declare
  v_partition text;
  v_held boolean;
  v_dropped integer := 0;
begin
  for v_partition in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_events'::regclass
      and c.relname < 'usage_events_' || to_char((least(p_at, clock_timestamp()) - interval '35 days') at time zone 'UTC', 'YYYY_MM')
    order by 1
  loop
    execute format('select exists (select from %I)', v_partition) into v_held;
    continue when v_held;
    begin
      lock table usage_events in access exclusive mode;
      execute format('select exists (select from %I)', v_partition) into v_held;
      if not v_held then
        execute format('drop table %I', v_partition);
        v_dropped := v_dropped + 1;
      end if;
    exception when lock_not_available then return v_dropped;
    end;
  end loop;
  return v_dropped;
end $$;

-- Removes from usage_batch the events that are known already, and says which, and whether what is known is another event than
-- the copy. Known is what was stored in [p_from, p_to), and the second copy within the batch. (lateral … limit 1 keeps it an
-- index lookup per event and month.)
create function public.drop_known_from_usage_batch(p_from timestamptz, p_to timestamptz) returns table ("position" integer, differs boolean)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
    delete from usage_batch b using (
      select c.position,
        row(held.*) is distinct from row(c.occurred_at, c.api_key_id, c.status, c.duration_us, c.request_bytes, c.response_bytes, c.quantities) as differs
      from usage_batch c
      cross join lateral (
        select e.occurred_at, e.api_key_id, e.status, e.duration_us, e.request_bytes, e.response_bytes, e.quantities from usage_events e
        where e.source_id = c.source_id and e.event_key = c.event_key and e.stored_at >= p_from and e.stored_at < p_to
        limit 1
      ) held
      union all
      select c.position, c.differs from (
        select t.position, row_number() over copies as copy,
          row(t.occurred_at, t.api_key_id, t.status, t.duration_us, t.request_bytes, t.response_bytes, t.quantities) is distinct from row(
            first_value(t.occurred_at) over copies, first_value(t.api_key_id) over copies, first_value(t.status) over copies,
            first_value(t.duration_us) over copies, first_value(t.request_bytes) over copies, first_value(t.response_bytes) over copies,
            first_value(t.quantities) over copies
          ) as differs
        from usage_batch t
        window copies as (partition by t.source_id, t.event_key order by t.position)
      ) c
      where c.copy > 1
    ) known
    where known.position = b.position
    returning b.position, known.differs;
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

-- As before, but whoever waited for the lock looks into the catalogue itself: what to_regclass said a moment ago is remembered
-- by the session, so it would not see the partition that another session has just made.
create function public.ensure_usage_partition(p_month date) returns void
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
  -- Events of one organization by when they happened: what exports, cut hours and the recount read.
  execute format('create index %I on %I (organization_id, occurred_at)', v_name || '_organization', v_name);
  execute format('create index %I on %I using brin (occurred_at timestamptz_minmax_multi_ops, stored_at) with (pages_per_range = 32, autosummarize = on)', v_name || '_time', v_name);
  execute format('alter table %I enable row level security', v_name);
  execute format('revoke all on %I from anon, authenticated', v_name);
  execute format('alter table usage_events attach partition %I for values from (%L) to (%L)',
    v_name, v_from::timestamp at time zone 'UTC', (v_from + interval '1 month')::timestamp at time zone 'UTC');
end $$;

-- Adds the sums of an organization's hours before p_to to usage_daily, at most those of a week; says whether that was all. What is
-- recorded into a folded hour later is added to both (add_usage_batch_to_sums).
create function public.fold_usage(p_org uuid, p_to timestamptz) returns boolean
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_ledger usage_ledgers;
  v_to timestamptz;
  v_metrics text[] := array(select key from metrics);
  v_day timestamptz;
  v_done boolean;
begin
  p_to := date_trunc('hour', p_to, 'UTC');
  select * into v_ledger from usage_ledgers g where g.organization_id = p_org for update;
  if not found or coalesce(v_ledger.unfolded_from >= p_to, true) then return true; end if;
  v_to := least(p_to, date_trunc('day', v_ledger.unfolded_from, 'UTC') + interval '7 days');
  v_day := date_trunc('day', v_ledger.unfolded_from, 'UTC');
  while v_day < v_to loop
    perform add_to_usage_daily(array(
      select r from usage_rollups r
      where r.organization_id = p_org and r.livemode = any ('{true,false}') and r.metric = any (v_metrics)
        and r.hour >= greatest(v_day, v_ledger.folded_to) and r.hour < least(v_day + interval '1 day', v_to)
    ));
    v_day := v_day + interval '1 day';
  end loop;
  update usage_ledgers g set folded_to = v_to, unfolded_from = (
    select min(r.hour) from (values (true), (false)) l (livemode) cross join metrics m
    cross join lateral (
      select r.hour from usage_rollups r
      where r.organization_id = p_org and r.livemode = l.livemode and r.metric = m.key and r.hour >= v_to
      order by r.hour limit 1
    ) r
  )
  where g.organization_id = p_org
  returning coalesce(g.unfolded_from >= p_to, true) into v_done;
  return v_done;
end $$;

-- What a gauge came to in [p_from, p_to): the level at its end, which lives on until it is reported again, and the highest,
-- to which the level counts that it began with. Null where nothing was reported by then.
create function public.gauge_between(p_org uuid, p_livemode boolean, p_metric text, p_from timestamptz, p_to timestamptz)
returns table (level numeric, highest numeric)
language sql stable set search_path = public as $$
  select
    (
      select l.level from usage_levels l
      where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at < p_to
      order by l.at desc limit 1
    ),
    greatest(
      (
        select max(l.highest) from usage_levels l
        where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at >= p_from and l.at < p_to
      ),
      (
        select c.level from (
          select l.at, l.level from usage_levels l
          where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at <= p_from
          order by l.at desc limit 1
        ) c where c.at < p_from
      )
    );
$$;

-- Whether anybody is recording at this moment: record_usage_batch holds this lock, shared by all, until its transaction ends.
create function public.is_usage_being_recorded() returns boolean
language sql volatile set search_path = public as $$
  select exists (
    select from pg_locks k
    where k.locktype = 'advisory' and k.classid = 20261125 and k.objid = 1 and k.objsubid = 2
      and k.database = (select d.oid from pg_database d where d.datname = current_database())
  );
$$;

-- DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019) with relative accuracy
-- 0.01: bucket i holds durations in (g^(i-1), g^i] microseconds, g = 1.01/0.99. The value 2*g^i/(g+1) of a bucket is within
-- 1 % of every duration in it. Bucket 0 holds durations of up to one microsecond.
create function public.latency_bucket(p_duration_us integer) returns integer
language sql immutable parallel safe as $$
  select case when p_duration_us <= 1 then 0 else ceil(ln(p_duration_us::float8) / ln(1.01::float8 / 0.99::float8))::integer end;
$$;

-- usage_batch now also has what was lent for an event; usage_events does not keep it.
create function public.prepare_usage_batch() returns void
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

-- The distinct values that one quantity of an event names: one, or a list of them.
create function public.quantity_values(p_quantity jsonb) returns setof text
language sql immutable parallel safe as $$
  select p_quantity #>> '{}' where jsonb_typeof(p_quantity) <> 'array'
  union all
  select v from jsonb_array_elements_text(case jsonb_typeof(p_quantity) when 'array' then p_quantity else '[]' end) v;
$$;

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

-- Compares the distinct values of a day with the events in usage_batch, which are all of that day and of these organizations; with
-- p_mend it adds what is lacking and removes what nobody reported.
create function public.recount_unique_values(p_orgs uuid[], p_day date, p_mend boolean)
returns table (organization_id uuid, livemode boolean, metric text, kept bigint, counted bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
  v_counted usage_unique_values[] := array(select v from usage_batch_unique_values() v);
begin
  return query
    select organization_id, livemode, metric, count(t.at), count(c.at)
    from (select *, 1 as at from unnest(v_counted)) c
    full join (
      select *, 1 as at from usage_unique_values u
      where u.organization_id = any (p_orgs) and u.livemode = any ('{true,false}') and u.metric = any (v_unique_metrics) and u.day = p_day
    ) t using (organization_id, livemode, metric, day, value_sha256)
    group by 1, 2, 3 having count(t.at) <> count(*) or count(c.at) <> count(*);
  if found and p_mend then
    delete from usage_unique_values u where u.organization_id = any (p_orgs) and u.day = p_day;
    insert into usage_unique_values select * from unnest(v_counted);
  end if;
end $$;

-- Removes at most p_limit raw events of an organization that are older than it keeps them, and gives back how many. The sums
-- stay, and the ledger remembers from when on raw events are whole. What was stored in the last 35 days stays whatever its
-- age: until then its identity must be known. The ledger is taken last, and only for the moment of the commit; who counts a
-- day again holds it, reads raw_from first, and so sees either all of a day or that it is no longer whole.
create function public.remove_old_usage_events(p_org uuid, p_at timestamptz, p_dispute_days integer, p_limit integer) returns integer
language plpgsql set search_path = public set jit = off as $$
declare
  v_before timestamptz := usage_kept_from(p_org, p_at, p_dispute_days);
  -- The clock of the application may be moved; stored_at is of this one.
  v_stored_before timestamptz := least(p_at, clock_timestamp()) - interval '35 days';
  v_partition text;
  v_count integer;
  v_removed integer := 0;
begin
  if v_before is null then return 0; end if;
  for v_partition in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_events'::regclass and c.relname <= 'usage_events_' || to_char(v_stored_before at time zone 'UTC', 'YYYY_MM')
    order by 1
  loop
    execute format(
      'delete from %1$I where ctid = any (array(select ctid from %1$I where organization_id = $1 and occurred_at < $2 and stored_at < $3 limit $4))',
      v_partition
    ) using p_org, v_before, v_stored_before, p_limit - v_removed;
    get diagnostics v_count = row_count;
    v_removed := v_removed + v_count;
    exit when v_removed >= p_limit;
  end loop;
  if v_removed > 0 then
    update usage_ledgers set raw_from = greatest(raw_from, v_before), raw_removed = raw_removed + v_removed where organization_id = p_org;
  end if;
  return v_removed;
end $$;

-- Removes at most p_limit sums per hour of an organization, as many distinct values and as many reports of gauges, of days
-- before p_day (UTC); gives back how many. The sums per day stay, and of each gauge the last report, which may hold still;
-- what is not among the sums per day yet is not removed.
create function public.remove_old_usage_sums(p_org uuid, p_day date, p_limit integer) returns integer
language plpgsql set search_path = public set jit = off as $$
declare
  v_before timestamptz := (
    select least(p_day::timestamp at time zone 'UTC', date_trunc('day', g.folded_to, 'UTC')) from usage_ledgers g where g.organization_id = p_org
  );
  v_hours integer;
  v_values integer;
  v_levels integer;
begin
  delete from usage_rollups where ctid = any (array(
    select r.ctid from usage_rollups r where r.organization_id = p_org and r.hour < v_before limit p_limit
  ));
  get diagnostics v_hours = row_count;
  delete from usage_unique_values where ctid = any (array(
    select u.ctid from usage_unique_values u where u.organization_id = p_org and u.day < (v_before at time zone 'UTC')::date limit p_limit
  ));
  get diagnostics v_values = row_count;
  delete from usage_levels where ctid = any (array(
    select l.ctid from usage_levels l
    where l.organization_id = p_org and l.at < v_before and exists (
      select from usage_levels n
      where n.organization_id = p_org and n.livemode = l.livemode and n.metric = l.metric and n.at > l.at and n.at <= v_before
    )
    limit p_limit
  ));
  get diagnostics v_levels = row_count;
  if v_hours + v_values + v_levels > 0 then
    update usage_ledgers set hours_from = greatest(hours_from, v_before) where organization_id = p_org;
  end if;
  return v_hours + v_values + v_levels;
end $$;

-- Sums per hour, summed per day.
create function public.sum_rollups_by_day(p_rollups public.usage_rollups[]) returns setof public.usage_daily
language sql stable set search_path = public as $$
  select organization_id, livemode, metric, (hour at time zone 'UTC')::date as day, api_key_id, route,
    sum(client_errors)::bigint, sum(server_errors)::bigint, max(last_at),
    (max(array[extract(epoch from last_at), quantity_last]) filter (where last_at is not null))[2], max(quantity_max),
    sum(events)::bigint, sum(quantity_sum), sum(request_bytes), sum(response_bytes), sum(duration_us), sum(measured)::bigint,
    compact_breakdown(string_agg(breakdown, ''::bytea))
  from unnest(p_rollups)
  group by organization_id, livemode, metric, day, api_key_id, route;
$$;

-- The sums, by the hour, of the events that stand in usage_batch.
-- The planner knows nothing of a table that was filled a moment ago and would sort, or read all routes and labels there are;
-- hashing and looking up one by one are right at every size.
create function public.usage_batch_rollups() returns setof public.usage_rollups
language plpgsql set search_path = public, pg_temp set jit = off set work_mem = '64MB' set enable_sort = off set enable_mergejoin = off as $$
begin
  return query
  -- Most events carry the same quantities, so they are first summed by their quantities as a whole; only the distinct objects
  -- are then taken apart into metrics.
  with alike as (
    select b.organization_id, b.livemode, date_trunc('hour', b.occurred_at, 'UTC') as hour,
      coalesce(b.api_key_id, '00000000-0000-0000-0000-000000000000') as api_key_id,
      case when r.registered_at <= coalesce(b.stored_at, 'infinity') then b.route_id else 0 end as route_id,
      b.quantities,
      count(*) as events,
      max(b.occurred_at) as last_at,
      count(*) filter (where b.status between 400 and 499) as client_errors,
      count(*) filter (where b.status >= 500) as server_errors,
      sum(b.request_bytes) as request_bytes,
      sum(b.response_bytes) as response_bytes,
      sum(b.duration_us) as duration_us,
      count(b.duration_us) as measured,
      string_agg(call_breakdown(b.duration_us, b.status, b.method, b.country), ''::bytea) as breakdown
    from usage_batch b
    left join lateral (
      select u.registered_at from usage_routes u where u.organization_id = b.organization_id and u.route_id = b.route_id limit 1
    ) r on true
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
      coalesce(sum(a.request_bytes), 0) as request_bytes,
      coalesce(sum(a.response_bytes), 0) as response_bytes,
      coalesce(sum(a.duration_us), 0) as duration_us,
      sum(a.measured)::bigint as measured,
      coalesce(string_agg(a.breakdown, ''::bytea) filter (where q.key = 'api_calls'), ''::bytea) as breakdown
    from alike a
    cross join lateral jsonb_each(a.quantities) q
    cross join lateral (select case jsonb_typeof(q.value) when 'number' then q.value::numeric else 1 end as quantity) v
    join metrics x on x.key = q.key
    group by 1, 2, 3, 4, 5, 6
  )
  select t.organization_id, t.livemode, t.metric, t.hour, t.api_key_id, coalesce(l.label, '(other)'),
    t.client_errors, t.server_errors, t.last_at, t.quantity_last, t.quantity_max,
    t.events, t.quantity_sum, t.request_bytes, t.response_bytes, t.duration_us, t.measured,
    case when t.events <= 4 then t.breakdown else compact_breakdown(t.breakdown) end
  from totals t
  left join lateral (select u.label from usage_labels u where u.id = t.route_id limit 1) l on true;
end $$;

-- The distinct values that the events in usage_batch report, by day.
create function public.usage_batch_unique_values() returns setof public.usage_unique_values
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
begin
  return query
    select distinct b.organization_id, b.livemode, q.key, (b.occurred_at at time zone 'UTC')::date, sha256(convert_to(v.value, 'UTF8'))
    from usage_batch b
    cross join lateral jsonb_each(b.quantities) q
    cross join lateral quantity_values(q.value) v (value)
    where b.quantities ?| v_unique_metrics and q.key = any (v_unique_metrics);
end $$;

-- What was used in [p_from, p_to), to the microsecond: whole days and hours from sums, cut hours from events, gauges from
-- their levels, distinct values of cut days from events. `quantity` is by the metric's aggregation.
create function public.usage_between(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (livemode boolean, metric text, quantity numeric, highest numeric, events bigint)
language plpgsql stable set search_path = public set jit = off as $$
#variable_conflict use_column
declare
  v_hour_from timestamptz := date_trunc('hour', p_from + interval '1 hour' - interval '1 microsecond', 'UTC');
  v_hour_to timestamptz := greatest(v_hour_from, date_trunc('hour', p_to, 'UTC'));
  v_day_from timestamptz := date_trunc('day', v_hour_from + interval '1 day' - interval '1 microsecond', 'UTC');
  v_day_to timestamptz := greatest(v_day_from, date_trunc('day', v_hour_to, 'UTC'));
  v_distinct text[] := array(
    select distinct u.metric from usage_unique_values u
    where u.organization_id = p_org and u.day >= (p_from at time zone 'UTC')::date and u.day <= (p_to at time zone 'UTC')::date
  );
begin
  return query
  with cut as (
    select e.livemode, e.quantities from usage_events e
    where e.organization_id = p_org and e.occurred_at >= p_from and e.occurred_at < least(v_hour_from, p_to)
    union all
    select e.livemode, e.quantities from usage_events e
    where e.organization_id = p_org and e.occurred_at >= v_hour_to and e.occurred_at < p_to
  ),
  parts as (
    select d.livemode, d.metric, d.events, d.quantity_sum from usage_daily d
    where d.organization_id = p_org and d.day >= (v_day_from at time zone 'UTC')::date and d.day < (v_day_to at time zone 'UTC')::date
    union all
    -- Hours that are not in usage_daily yet.
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_ledgers g join usage_rollups r using (organization_id)
    where g.organization_id = p_org and r.hour >= greatest(v_day_from, g.folded_to) and r.hour < v_day_to
    union all
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_rollups r
    where r.organization_id = p_org and r.hour >= v_hour_from and r.hour < least(v_day_from, v_hour_to)
    union all
    select r.livemode, r.metric, r.events, r.quantity_sum from usage_rollups r
    where r.organization_id = p_org and r.hour >= greatest(v_day_to, v_hour_from) and r.hour < v_hour_to
    union all
    select c.livemode, q.key, 1, case jsonb_typeof(q.value) when 'number' then (q.value #>> '{}')::numeric else 1 end
    from cut c cross join lateral jsonb_each(c.quantities) q
  ),
  totals as (
    select t.livemode, t.metric, sum(t.events)::bigint as events, sum(t.quantity_sum) as total from parts t group by 1, 2
  ),
  distinct_values as (
    select v.livemode, v.metric, count(distinct v.value_sha256) as n
    from (
      select u.livemode, u.metric, u.value_sha256 from usage_unique_values u
      where u.organization_id = p_org and u.metric = any (v_distinct)
        and u.day >= ((p_from + interval '1 day' - interval '1 microsecond') at time zone 'UTC')::date and u.day < (p_to at time zone 'UTC')::date
      union all
      select e.livemode, q.key, sha256(convert_to(x.value, 'UTF8'))
      from usage_events e
      cross join lateral jsonb_each(e.quantities) q
      cross join lateral quantity_values(q.value) x (value)
      where v_distinct <> '{}' and e.organization_id = p_org and e.quantities ?| v_distinct and q.key = any (v_distinct)
        and e.occurred_at >= p_from and e.occurred_at < p_to and (
          e.occurred_at < date_trunc('day', p_from + interval '1 day' - interval '1 microsecond', 'UTC')
          or e.occurred_at >= date_trunc('day', p_to, 'UTC')
        )
    ) v
    group by 1, 2
  ),
  gauges as (
    select k.livemode, k.metric from (select distinct l.livemode, l.metric from usage_levels l where l.organization_id = p_org and l.at < p_to) k
  )
  select t.livemode, t.metric, v.quantity, v.quantity, t.events
  from totals t
  join metrics m on m.key = t.metric and m.aggregation in ('sum', 'count', 'unique')
  left join distinct_values d on d.livemode = t.livemode and d.metric = t.metric
  cross join lateral (select case m.aggregation when 'sum' then t.total when 'count' then t.events else coalesce(d.n, 0) end as quantity) v
  union all
  select k.livemode, k.metric, case m.aggregation when 'last' then g.level else g.highest end, g.highest, coalesce(t.events, 0)
  from gauges k
  join metrics m on m.key = k.metric
  cross join lateral gauge_between(p_org, k.livemode, k.metric, p_from, p_to) g
  left join totals t on t.livemode = k.livemode and t.metric = k.metric;
end $$;

-- The UTC midnight from which an organization's raw events are kept at p_at: as its plan sells it (retention_days), but never
-- of a period that still runs, was not closed or is not billed, never what an invoice rests on that is a draft or was issued
-- within p_dispute_days, and never late events that the next invoice needs. Null where the plan names no end. Usage from before
-- the first period that is billed is held by none of this.
create function public.usage_kept_from(p_org uuid, p_at timestamptz, p_dispute_days integer) returns timestamptz
language sql stable set search_path = public as $$
  select date_trunc('day', least(
    p_at - make_interval(days => (v.features ->> 'retention_days')::integer),
    p.period_start,
    (select min(c.period_start) from quota_counters c where c.organization_id = p_org and c.closed_at is null),
    a.billed_through,
    (
      select min(l.from_at) from invoices i join invoice_lines l on l.invoice_id = i.id
      where i.organization_id = p_org and l.metric is not null
        and coalesce(i.finalized_at > p_at - make_interval(days => p_dispute_days), true)
    ),
    (
      select min(l.occurred_at) from late_usage_events l
      where l.organization_id = p_org and l.livemode and l.stored_at > a.revised_through and l.period_start >= (s.anchor::timestamp at time zone 'UTC')
    )
  ), 'UTC')
  from subscriptions s
  join billing_accounts a using (organization_id)
  cross join lateral billing_period(s.anchor, p_at) p
  cross join lateral (
    select f.plan_version_id from subscription_phases f
    where f.organization_id = s.organization_id and f.starts_at <= p_at
    order by f.starts_at desc limit 1
  ) f
  join plan_versions v on v.id = f.plan_version_id
  where s.organization_id = p_org and jsonb_typeof(v.features -> 'retention_days') = 'number';
$$;

-- Metrics of which the plan alone does not say what was included in [p_from, p_to): those with an override or a grant.
create function public.adjusted_metrics(p_org uuid, p_from timestamptz, p_to timestamptz) returns table (metric text)
language sql stable set search_path = public as $$
  select o.metric from quota_overrides o where o.organization_id = p_org
  union
  select g.metric from quota_grants g
  where g.organization_id = p_org and g.granted_at < p_to and coalesce(least(g.expires_at, g.revoked_at) > p_from, true);
$$;

-- Freezes what an organization's period came to, under its ledger: what was stored by the cutoff is in it, and what is stored
-- later is kept apart as late. Says whether it was open until now: running late, twice or at once with another changes
-- nothing. A level lives on, so a gauge's counter of the next period is opened; for the same reason periods that are not billed
-- yet are closed in order: what is reported late for one of them may change those after it.
create function public.close_period(p_org uuid, p_period_start timestamptz, p_at timestamptz) returns boolean
language plpgsql set search_path = public as $$
declare
  v_cutoff timestamptz;
  v_end timestamptz;
  v_next_end timestamptz;
  v_before timestamptz;
  v_metric text;
begin
  select g.stored_through into v_cutoff from usage_ledgers g where g.organization_id = p_org for update;
  select p.period_end, n.period_end into v_end, v_next_end
  from subscriptions s
  cross join lateral billing_period(s.anchor, p_period_start) p
  cross join lateral billing_period(s.anchor, p.period_end) n
  where s.organization_id = p_org and p.period_start = p_period_start;
  if v_cutoff is null or v_end is null then
    raise exception 'organization % has no period that begins at %', p_org, p_period_start using errcode = 'TG004';
  end if;
  if v_end > p_at then raise exception 'the period that begins at % has not ended', p_period_start using errcode = 'TG007'; end if;

  select p.period_start into v_before
  from billing_accounts a join subscriptions s using (organization_id)
  cross join lateral billing_period(s.anchor, p_period_start - interval '1 microsecond') p
  where a.organization_id = p_org and p.period_start >= a.billed_through;
  if v_before is not null and not exists (select from closed_periods c where c.organization_id = p_org and c.period_start = v_before) then
    perform close_period(p_org, v_before, p_at);
  end if;

  insert into closed_periods (organization_id, period_start, period_end, stored_through, closed_at)
  values (p_org, p_period_start, v_end, v_cutoff, p_at) on conflict do nothing;
  if not found then
    update quota_counters c set closed_at = p_at where c.organization_id = p_org and c.period_start = p_period_start and c.closed_at is null;
    return false;
  end if;

  -- A gauge that was not reported in the period stands where it stood before.
  insert into quota_counters (organization_id, livemode, metric, period_start, used, highest)
  select p_org, k.livemode, k.metric, p_period_start, case m.aggregation when 'last' then g.level else g.highest end, g.highest
  from (select distinct l.livemode, l.metric from usage_levels l where l.organization_id = p_org and l.at < v_end) k
  join metrics m on m.key = k.metric
  cross join lateral gauge_between(p_org, k.livemode, k.metric, p_period_start, v_end) g
  where g.highest > 0
  on conflict do nothing;

  -- All counters in the order of their key, then what hangs on them; a grant's row is taken last.
  perform from (
    select from quota_counters c where c.organization_id = p_org and c.period_start = p_period_start
    order by c.livemode, c.metric for update
  ) taken;
  perform release_quota_leases(p_org, c.livemode, c.metric, p_period_start, null)
  from (select k.livemode, k.metric from quota_counters k where k.organization_id = p_org and k.period_start = p_period_start order by 1, 2) c;
  for v_metric in
    select distinct g.metric from quota_grants g
    join quota_counters c on c.organization_id = p_org and c.livemode and c.metric = g.metric and c.period_start = p_period_start
    where g.organization_id = p_org order by 1
  loop
    perform set_grant_draws(p_org, v_metric, p_period_start);
  end loop;

  insert into quota_period_snapshots
    (organization_id, livemode, metric, period_start, period_end, plan_key, used, highest, events, included, limit_units, grant_units, taken_at)
  select p_org, c.livemode, c.metric, p_period_start, v_end, t.plan_key, c.used, c.highest, c.events, t.included, t.limit_units,
    case when c.livemode then coalesce((
      select sum(d.units) from quota_grant_draws d join quota_grants g on g.id = d.grant_id
      where g.organization_id = p_org and g.metric = c.metric and d.period_start = p_period_start
    ), 0) else 0 end,
    p_at
  from quota_counters c
  cross join lateral quota_terms(p_org, c.livemode, c.metric, v_end - interval '1 microsecond') t
  where c.organization_id = p_org and c.period_start = p_period_start;

  if (select count(*) from plan_phases(p_org, p_period_start, v_end)) = 1 then
    insert into quota_phase_snapshots
      (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
    select p_org, c.livemode, c.metric, p_period_start, f.starts_at, f.ends_at, f.plan_version_id, c.used, c.highest, c.events, t.included
    from quota_counters c cross join plan_phases(p_org, p_period_start, v_end) f
    cross join lateral quota_terms(p_org, c.livemode, c.metric, f.ends_at - interval '1 microsecond') t
    where c.organization_id = p_org and c.period_start = p_period_start;
  else
    insert into quota_phase_snapshots
      (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
    select p_org, u.livemode, u.metric, p_period_start, u.starts_at, u.ends_at, u.plan_version_id, coalesce(u.quantity, 0), coalesce(u.highest, 0), u.events,
      t.included
    from usage_by_phase(p_org, p_period_start, v_end) u
    cross join lateral quota_terms(p_org, u.livemode, u.metric, u.ends_at - interval '1 microsecond') t
    where u.events > 0 or u.highest > 0;
  end if;
  -- Where the plan alone does not say what is included, that is frozen of what was not used too.
  insert into quota_phase_snapshots
    (organization_id, livemode, metric, period_start, starts_at, ends_at, plan_version_id, quantity, highest, events, included)
  select p_org, true, k.metric, p_period_start, f.starts_at, f.ends_at, f.plan_version_id, 0, 0, 0, t.included
  from adjusted_metrics(p_org, p_period_start, v_end) k
  cross join plan_phases(p_org, p_period_start, v_end) f
  cross join lateral quota_terms(p_org, true, k.metric, f.ends_at - interval '1 microsecond') t
  on conflict do nothing;
  update quota_counters c set closed_at = p_at where c.organization_id = p_org and c.period_start = p_period_start;

  insert into quota_counters (organization_id, livemode, metric, period_start, used, highest)
  select p_org, c.livemode, c.metric, v_end, case m.aggregation when 'last' then g.level else g.highest end, g.highest
  from quota_counters c
  join metrics m on m.key = c.metric and m.aggregation in ('last', 'max')
  cross join lateral gauge_between(p_org, c.livemode, c.metric, v_end, v_next_end) g
  where c.organization_id = p_org and c.period_start = p_period_start and g.highest > 0
  on conflict do nothing;
  return true;
end $$;

-- Raises a reservation to p_total units if they fit. The outcome is `held`, `recall`, `exhausted`, `spend_cap` or, if the
-- reservation is over, its state.
create function public.extend_reservation(p_org uuid, p_reservation uuid, p_total numeric, p_at timestamptz, p_ceiling numeric default null) returns public.quota_loan
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_reservation);
  v_more numeric := p_total - v_lease.units;
  v_counter quota_counters;
  v_terms record;
  v_limit numeric;
  v_lacking numeric;
  v_period_end timestamptz;
  v_loan quota_loan;
begin
  v_loan.outcome := case
    when v_lease.id is null or v_lease.organization_id <> p_org or v_lease.kind <> 'reservation' then 'unknown'
    when v_lease.state <> 'open' then v_lease.state
    when v_lease.reclaim_at <= clock_timestamp() then 'expired'
    when v_more <= 0 then 'held'
  end;
  if v_loan.outcome is not null then return v_loan; end if;

  perform release_quota_leases(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, null);
  if v_lease.livemode then
    perform from quota_grants g where g.organization_id = p_org and g.metric = v_lease.metric order by g.id for no key update;
  end if;
  select p.period_end into v_period_end from subscriptions s cross join lateral billing_period(s.anchor, v_lease.period_start) p where s.organization_id = p_org;
  select * into v_terms from quota_terms(p_org, v_lease.livemode, v_lease.metric, least(p_at, v_period_end - interval '1 microsecond'));
  select * into v_counter from quota_counters c
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  v_limit := least(v_terms.limit_units, case when v_terms.spend_capped then coalesce(p_ceiling, v_terms.included) else p_ceiling end);
  v_loan := row('held', v_lease.id, p_total, true, v_counter.used, v_counter.leased, v_terms.included, v_limit, v_lease.period_start, v_period_end, null);
  v_lacking := v_counter.used + v_counter.leased + v_more - v_limit;
  if v_lacking > 0 then
    v_loan.outcome := case
      when recall_quota(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lacking, null) then 'recall'
      when v_counter.used + v_counter.leased + v_more <= coalesce(v_terms.limit_units, 'infinity') then 'spend_cap'
      else 'exhausted'
    end;
    update quota_counters c set refused_at = clock_timestamp()
    where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
    v_loan.fits_in_ms := quota_fits_in_ms(p_org, v_lease.livemode, v_lease.metric, v_lease.period_start, v_lacking, p_reservation);
    return v_loan;
  end if;

  update quota_leases l set units = p_total where l.id = p_reservation;
  update quota_counters c set leased = c.leased + v_more
  where c.organization_id = p_org and c.livemode = v_lease.livemode and c.metric = v_lease.metric and c.period_start = v_lease.period_start;
  if v_lease.livemode then perform set_grant_draws(p_org, v_lease.metric, v_lease.period_start); end if;
  v_loan.leased := v_counter.leased + v_more;
  return v_loan;
end $$;

-- Takes units off a counter that came back and, where somebody was refused since the last time, says so to all: who was not
-- refused has nothing to learn. The caller holds the counter's lock and has taken the units off the leases.
create function public.give_back_quota(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_units numeric) returns void
language plpgsql set search_path = public as $$
declare
  v_refused boolean;
begin
  if p_units <= 0 then return; end if;
  select c.refused_at is not null into v_refused from quota_counters c
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = p_period_start;
  update quota_counters set leased = leased - p_units, refused_at = null
  where organization_id = p_org and livemode = p_livemode and metric = p_metric and period_start = p_period_start;
  if p_livemode then perform set_grant_draws(p_org, p_metric, p_period_start); end if;
  if v_refused then perform pg_notify('quota_freed', quota_counter_name(p_org, p_livemode, p_metric, p_period_start)); end if;
end $$;

-- Lends a block of units to a process, which may hand them out for p_use_ms; what is not settled after p_reclaim_ms is released.
create function public.lend_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_need numeric, p_want numeric,
  p_holder uuid, p_use_ms integer, p_reclaim_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('lease', p_org, p_livemode, p_metric, p_at, p_need, p_want, p_holder, p_use_ms, p_reclaim_ms, p_ceiling);
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

-- Keeps apart the events of usage_batch, just stored, whose period was closed before: what was frozen does not have them.
create function public.note_late_usage(p_moved public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  if not exists (select from unnest(p_moved) m join closed_periods p using (organization_id, period_start)) then return; end if;
  insert into late_usage_events (organization_id, period_start, stored_at, source_id, event_key, livemode, occurred_at)
  select b.organization_id, p.period_start, p_stored_at, b.source_id, b.event_key, b.livemode, b.occurred_at
  from usage_batch b
  join closed_periods p on p.organization_id = b.organization_id and p.period_start <= b.occurred_at and p.period_end > b.occurred_at;
  update quota_counters c set closed_at = p.closed_at
  from unnest(p_moved) m join closed_periods p using (organization_id, period_start)
  where c.organization_id = m.organization_id and c.livemode = m.livemode and c.metric = m.metric and c.period_start = m.period_start and c.closed_at is null;
end $$;

-- Leaves the alert of a rule that holds, and says whether it is a new one. What began to hold again before it was clear for the
-- rule's cooldown is the same alert: it is open again, and nobody is told a second time. What has an occurrence is told once,
-- whatever became of it. The caller holds the rule, for key share at least.
create function public.open_alert(
  p_rule uuid, p_org uuid, p_metric text, p_occurrence text, p_period_start timestamptz, p_period_end timestamptz,
  p_used numeric, p_included numeric, p_currency text, p_action text, p_at timestamptz
) returns boolean language plpgsql set search_path = public as $$
declare
  v_rule alert_rules;
  v_last usage_alerts;
begin
  select r.* into v_rule from alert_rules r where r.id = p_rule and r.enabled;
  if not found then return false; end if;
  -- Held, so that it is not resolved between the look at it and what follows.
  select a.* into v_last from usage_alerts a
  where a.rule_id = p_rule and a.organization_id is not distinct from p_org and a.metric is not distinct from p_metric
    and a.period_start is not distinct from p_period_start and a.occurrence = p_occurrence
  order by a.status <> 'resolved' desc, a.created_at desc, a.id desc limit 1 for update;
  if found and (v_last.status <> 'resolved' or p_occurrence <> '') then return false; end if;
  if found and v_last.settled_at is null and v_last.threshold is not distinct from v_rule.threshold
    and v_last.resolved_at > p_at - make_interval(secs => v_rule.cooldown_seconds) then
    update usage_alerts set resolved_at = null, resolved_by = null,
      status = case when acknowledged_at is not null then 'acknowledged' when sent_at is not null then 'sent' else 'pending' end
    where id = v_last.id;
    return false;
  end if;
  insert into usage_alerts (organization_id, rule_id, audience, kind, level, name, severity, threshold, metric, api_key_id, occurrence,
    period_start, period_end, used, included, currency, action, created_at)
  values (p_org, p_rule, case when v_rule.organization_id is null then 'installation' else 'organization' end, v_rule.kind, v_rule.level,
    v_rule.name, v_rule.severity, v_rule.threshold, p_metric, v_rule.api_key_id, p_occurrence,
    p_period_start, p_period_end, p_used, p_included, p_currency, p_action, p_at)
  on conflict do nothing;
  return found;
end $$;

-- The quota counters of the periods that hold p_at which differ from the sums of those periods, and what they ought to be. Gauges are
-- no sum of their period (a level lives on) and are not compared.
create function public.quota_counter_differences(p_orgs uuid[], p_at timestamptz)
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, used numeric, events_before bigint, events bigint)
language sql stable set search_path = public set jit = off as $$
  with periods as materialized (
    select s.organization_id, p.period_start, p.period_end, g.folded_to
    from subscriptions s join usage_ledgers g using (organization_id) cross join lateral billing_period(s.anchor, p_at) p
    where s.organization_id = any (p_orgs) and g.hours_from <= p.period_start
  ),
  summed as (
    select organization_id, livemode, metric, sum(events)::bigint as events, sum(quantity_sum) as total
    from (
      select d.organization_id, d.livemode, d.metric, d.events, d.quantity_sum
      from periods p join usage_daily d on d.organization_id = p.organization_id and d.livemode = any ('{true,false}') and d.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
        and d.day >= (p.period_start at time zone 'UTC')::date and d.day < (p.period_end at time zone 'UTC')::date
      union all
      select r.organization_id, r.livemode, r.metric, r.events, r.quantity_sum
      from periods p join usage_rollups r on r.organization_id = p.organization_id and r.livemode = any ('{true,false}') and r.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
        and r.hour >= greatest(p.period_start, p.folded_to) and r.hour < p.period_end
    ) parts
    group by 1, 2, 3
  ),
  expected as (
    select s.organization_id, s.livemode, s.metric, p.period_start, s.events,
      case m.aggregation when 'sum' then s.total when 'count' then s.events else coalesce((
        select count(distinct u.value_sha256) from usage_unique_values u
        where u.organization_id = s.organization_id and u.livemode = s.livemode and u.metric = s.metric
          and u.day >= (p.period_start at time zone 'UTC')::date and u.day < (p.period_end at time zone 'UTC')::date
      ), 0) end as used
    from summed s join periods p using (organization_id) join metrics m on m.key = s.metric
  )
  select organization_id, livemode, metric, period_start, coalesce(e.used, 0), c.events, coalesce(e.events, 0)
  from expected e
  full join (
    select c.* from quota_counters c join periods p using (organization_id, period_start) where c.metric = any (array(select key from metrics where aggregation in ('sum', 'count', 'unique')))
  ) c using (organization_id, livemode, metric, period_start)
  where row(coalesce(e.events, 0), coalesce(e.used, 0)) is distinct from row(coalesce(c.events, 0), coalesce(c.used, 0));
$$;

-- How announcements name a counter.
create function public.quota_counter_name(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz) returns text
language sql immutable parallel safe as $$
  select concat_ws('|', p_org, case when p_livemode then 'true' else 'false' end, p_metric, (extract(epoch from p_period_start) * 1000)::bigint);
$$;

-- In how many ms so many units may have come back at the earliest; null if not even all that is lent, but p_except, would do.
-- A reservation comes back when it expires, unless it is committed or released before. What is called for comes within a
-- second. What was handed out comes when its event is recorded or its call taken back, which is not known: it is looked for
-- after a second and, the longer it has not come, the less often; when its time is over for certain.
create function public.quota_fits_in_ms(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_lacking numeric, p_except uuid default null)
returns bigint
language sql stable set search_path = public as $$
  select case when min(b.at) is not null then greatest(0, ceil(extract(epoch from min(b.at) - clock_timestamp()) * 1000)) end::bigint
  from (
    select e.at, sum(e.units) over (order by e.at, e.id) as back
    from (
      select l.id, l.outstanding as units, case
        when l.kind = 'reservation' then l.reclaim_at
        when not l.dry then clock_timestamp() + interval '1 second'
        else least(l.reclaim_at, clock_timestamp() + least(greatest(clock_timestamp() - l.lent_at, interval '1 second'), interval '1 minute'))
      end as at
      from quota_leases l
      where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
        and l.id is distinct from p_except
    ) e
  ) b
  where b.back >= p_lacking;
$$;

-- Whether usage has reached what a rule on a quota names: a share of what is included, in per cent, or more than all of it where
-- that is charged. Without a quota that is finite and more than 0 no rule holds.
create function public.quota_rule_holds(p_kind text, p_threshold numeric, p_used numeric, p_included numeric, p_enforcement text) returns boolean
language sql immutable parallel safe as $$
  select coalesce(p_included > 0 and case p_kind
    when 'overage' then p_enforcement = 'overage' and p_used > p_included
    else p_used >= p_included * p_threshold * 0.01
  end, false);
$$;

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

-- Leaves an alert for each rule on a quota that the counters have reached, and resolves those they have come back under. Terms and
-- rules are read only where a level may have been reached, or either may have changed since they were read last.
create function public.raise_usage_alerts(p_counters public.quota_counters[], p_stored_at timestamptz) returns void
language plpgsql set search_path = public as $$
declare
  v_due quota_counters[];
  v_reached jsonb;
  v_gauge record;
begin
  select array_agg(c) into v_due
  from unnest(p_counters) k
  join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
  join quota_terms_versions v on v.organization_id = k.organization_id
  where k.livemode
    and (c.used < c.alert_at and c.alert_terms = v.version and greatest(c.as_of, p_stored_at) < c.alert_until) is not true;
  if v_due is null then return; end if;

  -- Events are recorded a moment after they happen: what counts is what holds now or, where time was put forward, then.
  with asked as materialized (
    select c.organization_id, c.metric, c.period_start, p.period_end, c.used, t.aggregation, t.included, t.enforcement, v.version, a.at,
      greatest(c.as_of, p_stored_at) as heard_at
    from unnest(v_due) c
    join quota_terms_versions v on v.organization_id = c.organization_id
    join subscriptions s on s.organization_id = c.organization_id
    cross join lateral billing_period(s.anchor, c.period_start) p
    cross join lateral (select least(greatest(c.as_of, p_stored_at), p.period_end - interval '1 microsecond') as at) a
    cross join lateral quota_terms(c.organization_id, true, c.metric, a.at) t
  ),
  rules as materialized (
    select a.*, r.id as rule_id, quota_rule_holds(r.kind, r.threshold, a.used, a.included, a.enforcement) as holds,
      case when r.kind = 'quota_share' then a.included * r.threshold * 0.01 when a.enforcement = 'overage' then a.included end as due_at
    from asked a
    join alert_rules r on r.organization_id = a.organization_id and r.enabled and r.kind in ('quota_share', 'overage')
      and (r.metric is null or r.metric = a.metric)
    where a.included > 0
  ),
  remembered as (
    update quota_counters c set
      alert_at = case
        -- A gauge may sink again, which resolves what it rose to.
        when a.aggregation = 'last' and exists (
          select from rules r where r.organization_id = a.organization_id and r.metric = a.metric and r.period_start = a.period_start and r.holds
        ) then 0
        else coalesce((
          select min(r.due_at) from rules r
          where r.organization_id = a.organization_id and r.metric = a.metric and r.period_start = a.period_start and not r.holds
        ), 'infinity')
      end,
      alert_terms = a.version,
      alert_until = coalesce((select min(f.starts_at) from subscription_phases f where f.organization_id = a.organization_id and f.starts_at > a.at), 'infinity')
    from asked a
    where c.organization_id = a.organization_id and c.livemode and c.metric = a.metric and c.period_start = a.period_start
      -- What a grant leaves depends on the draws of other periods and on when it ends.
      and not exists (select from quota_grants g where g.organization_id = a.organization_id and g.metric = a.metric)
  )
  select jsonb_agg(to_jsonb(r)) into v_reached from rules r where r.holds;

  if v_reached is not null then
    -- All of them before any alert: who removes a rule holds it while its alerts are resolved.
    perform from (
      select from alert_rules a
      where a.id in (select r.rule_id from jsonb_to_recordset(v_reached) r (rule_id uuid))
      order by a.id for key share
    ) held;
    perform open_alert(r.rule_id, r.organization_id, r.metric, '', r.period_start, r.period_end, r.used, r.included, null,
      case when r.enforcement = 'overage' and r.used > r.included then 'charged' when r.enforcement = 'hard' and r.used >= r.included then 'blocked' else 'none' end,
      r.heard_at)
    from (
      select * from jsonb_to_recordset(v_reached) r (
        rule_id uuid, organization_id uuid, metric text, period_start timestamptz, period_end timestamptz, used numeric, included numeric,
        enforcement text, heard_at timestamptz
      ) order by organization_id, metric, period_start, rule_id
    ) r;
  end if;

  for v_gauge in
    select c.organization_id, c.metric, max(greatest(c.as_of, p_stored_at)) as at
    from unnest(v_due) k join metrics m on m.key = k.metric and m.aggregation = 'last'
    join quota_counters c on c.organization_id = k.organization_id and c.livemode = k.livemode and c.metric = k.metric and c.period_start = k.period_start
    where exists (
      select from usage_alerts a where a.organization_id = k.organization_id and a.metric = k.metric and a.status <> 'resolved'
    )
    group by 1, 2 order by 1, 2
  loop
    perform resolve_usage_alerts(v_gauge.organization_id, v_gauge.at, v_gauge.metric);
  end loop;
end $$;

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
  update quota_counters c set recalled_at = clock_timestamp(), refused_at = clock_timestamp()
  where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = p_period_start
    and coalesce(c.recalled_at, '-infinity') < clock_timestamp() - interval '30 milliseconds';
  if found then perform pg_notify('quota_recall', quota_counter_name(p_org, p_livemode, p_metric, p_period_start)); end if;
  return true;
end $$;

-- Says which quota counters of the periods that hold p_at differ from the sums; with p_mend, under the ledgers of these
-- organizations, it sets them right.
create function public.recount_quota_counters(p_orgs uuid[], p_at timestamptz, p_mend boolean)
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, events_before bigint, events_after bigint)
language plpgsql set search_path = public as $$
#variable_conflict use_column
declare
  v_wrong record;
begin
  for v_wrong in select * from quota_counter_differences(p_orgs, p_at) d order by d.organization_id, d.livemode, d.metric, d.period_start loop
    if p_mend then
      insert into quota_counters (organization_id, livemode, metric, period_start, used, highest, events)
      values (v_wrong.organization_id, v_wrong.livemode, v_wrong.metric, v_wrong.period_start, v_wrong.used, v_wrong.used, v_wrong.events)
      on conflict (organization_id, livemode, metric, period_start) do update set
        used = excluded.used, highest = excluded.highest, events = excluded.events, alert_at = null;
      if v_wrong.livemode then perform set_grant_draws(v_wrong.organization_id, v_wrong.metric, v_wrong.period_start); end if;
    end if;
    return query select v_wrong.organization_id, v_wrong.livemode, v_wrong.metric, v_wrong.period_start, v_wrong.events_before, v_wrong.events;
  end loop;
end $$;

-- Releases leases and reservations whose time is over, on p_limit counters at most; gives back how many. To be called again
-- until that is none. Lending does the same for the counter it lends from.
create function public.release_expired_quota(p_limit integer) returns integer
language plpgsql set search_path = public as $$
declare
  v_counters quota_counters[];
  v_count integer;
begin
  v_counters := array(
    select c from quota_counters c
    join (
      select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
      where l.state = 'open' and l.reclaim_at <= clock_timestamp() order by 1, 2, 3, 4 limit p_limit
    ) k using (organization_id, livemode, metric, period_start)
    order by c.organization_id, c.livemode, c.metric, c.period_start for update of c
  );
  select coalesce(sum(release_quota_leases(c.organization_id, c.livemode, c.metric, c.period_start, null)), 0) into v_count
  from (select * from unnest(v_counters) order by organization_id, livemode, metric, period_start) c;
  return v_count;
end $$;

-- Releases what a process held that is dead and whose durable events are recorded, on p_limit counters at most; gives back
-- how many leases. To be called again until that is none.
create function public.release_quota_holder(p_holder uuid, p_limit integer) returns integer
language plpgsql set search_path = public as $$
declare
  v_counters quota_counters[];
  v_count integer;
begin
  -- Waits for what the process had under way; whatever comes later finds it in the list.
  perform pg_advisory_xact_lock(hashtextextended('quota_holder:' || p_holder, 0));
  insert into quota_released_holders (holder_id) values (p_holder) on conflict do nothing;
  -- All counters first, in the order of their key: a grant, which is locked afterwards, stands behind every counter.
  v_counters := array(
    select c from quota_counters c
    join (
      select distinct l.organization_id, l.livemode, l.metric, l.period_start from quota_leases l
      where l.holder_id = p_holder and l.state = 'open' order by 1, 2, 3, 4 limit p_limit
    ) k using (organization_id, livemode, metric, period_start)
    order by c.organization_id, c.livemode, c.metric, c.period_start for update of c
  );
  select coalesce(sum(release_quota_leases(c.organization_id, c.livemode, c.metric, c.period_start, p_holder)), 0) into v_count
  from (select * from unnest(v_counters) order by organization_id, livemode, metric, period_start) c;
  return v_count;
end $$;

-- Releases the open leases of a counter that belong to p_holder or, where that is null, whose time is over; gives back how
-- many. The caller holds the counter's lock.
create function public.release_quota_leases(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_holder uuid) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
  v_units numeric;
begin
  with leases as (
    delete from quota_leases l
    where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
      and l.kind = 'lease' and case when p_holder is null then l.reclaim_at <= clock_timestamp() else l.holder_id = p_holder end
    returning l.outstanding as units
  ),
  reservations as (
    update quota_leases l set state = 'expired', released = l.released + l.outstanding, closed_at = clock_timestamp()
    where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
      and l.kind = 'reservation' and p_holder is null and l.reclaim_at <= clock_timestamp()
    returning l.released as units
  )
  select count(*), coalesce(sum(units), 0) into v_count, v_units from (select * from leases union all select * from reservations) gone;
  perform give_back_quota(p_org, p_livemode, p_metric, p_period_start, v_units);
  return v_count;
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

-- Sets exactly p_units aside for a call whose cost is known only later.
create function public.reserve_quota(
  p_org uuid, p_livemode boolean, p_metric text, p_at timestamptz, p_units numeric, p_ttl_ms integer, p_ceiling numeric default null
) returns public.quota_loan
language sql set search_path = public as $$
  select take_quota('reservation', p_org, p_livemode, p_metric, p_at, p_units, p_units, null, p_ttl_ms, p_ttl_ms, p_ceiling);
$$;

-- Resolves the alerts of quotas that usage has come back under: after a grant, an override, another plan, or when a gauge sank. For
-- an ended period its last instant counts. Takes no counter's lock, so it may be called by whoever changes the terms. Gives
-- back how many.
create function public.resolve_usage_alerts(p_org uuid, p_at timestamptz, p_metric text default null) returns integer
language plpgsql set search_path = public as $$
declare
  v_count integer;
begin
  -- In one order, whoever resolves.
  perform from (
    select from usage_alerts a
    where a.organization_id = p_org and a.status <> 'resolved' and a.kind in ('quota_share', 'overage') and (p_metric is null or a.metric = p_metric)
    order by a.metric, a.period_start, a.rule_id for update
  ) taken;
  with present as materialized (
    select a.id, a.kind, a.threshold, c.used, t.included, t.enforcement
    from usage_alerts a
    join subscriptions s on s.organization_id = a.organization_id
    cross join lateral billing_period(s.anchor, a.period_start) p
    cross join lateral quota_terms(p_org, true, a.metric, greatest(a.period_start, least(p_at, p.period_end - interval '1 microsecond'))) t
    join quota_counters c on c.organization_id = p_org and c.livemode and c.metric = a.metric and c.period_start = a.period_start
    where a.organization_id = p_org and a.status <> 'resolved' and a.kind in ('quota_share', 'overage') and (p_metric is null or a.metric = p_metric)
  )
  update usage_alerts a set status = 'resolved', resolved_at = p_at
  from present p
  where a.id = p.id and a.status <> 'resolved' and not quota_rule_holds(p.kind, p.threshold, p.used, p.included, p.enforcement);
  get diagnostics v_count = row_count;
  return v_count;
end $$;

-- Takes back what a living holder did not hand out: a total, so that a repetition is harmless. A lease of which nothing is
-- outstanding any more leaves the table, so that it stays as small as what is lent.
create function public.return_quota(p_lease uuid, p_returned_total numeric, p_dry boolean) returns void
language plpgsql set search_path = public as $$
declare
  v_lease quota_leases := lock_quota_lease(p_lease);
  v_units numeric := least(greatest(0, p_returned_total - v_lease.returned), v_lease.outstanding);
begin
  if v_lease.state is distinct from 'open' then return; end if;
  if v_lease.outstanding = v_units then
    delete from quota_leases l where l.id = p_lease;
  else
    update quota_leases l set returned = l.returned + v_units, dry = l.dry or p_dry where l.id = p_lease;
  end if;
  perform give_back_quota(v_lease.organization_id, v_lease.livemode, v_lease.metric, v_lease.period_start, v_units);
end $$;

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

-- Settles what was lent for the events of usage_batch against their leases, which are theirs even if another process
-- records the events. What is gone is settled against nothing. The caller holds the counters' locks.
create function public.settle_usage_batch_leases() returns void
language plpgsql set search_path = public, pg_temp as $$
declare
  v_freed text[];
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
  gone as (
    delete from quota_leases l using settled s where l.id = s.id and s.kind = 'lease' and s.outstanding = s.now_settled
  ),
  leases as (
    update quota_leases l set
      settled = l.settled + s.now_settled,
      consumed = l.consumed + s.now_consumed,
      state = case when l.outstanding = s.now_settled then 'closed' else 'open' end,
      closed_at = case when l.outstanding = s.now_settled then clock_timestamp() end
    from settled s where l.id = s.id and not (s.kind = 'lease' and s.outstanding = s.now_settled)
  ),
  moved as (
    select organization_id, livemode, metric, period_start, sum(now_settled) as units, bool_or(now_settled > now_consumed) as spare
    from settled group by 1, 2, 3, 4
  ),
  refused as materialized (
    select quota_counter_name(s.organization_id, s.livemode, s.metric, s.period_start) as name
    from moved s join quota_counters c using (organization_id, livemode, metric, period_start)
    where s.spare and c.refused_at is not null
  ),
  counters as (
    update quota_counters c set leased = c.leased - s.units, refused_at = case when s.spare then null else c.refused_at end
    from moved s
    where c.organization_id = s.organization_id and c.livemode = s.livemode and c.metric = s.metric and c.period_start = s.period_start
  )
  select array_agg(r.name) into v_freed from refused r;
  perform pg_notify('quota_freed', n) from unnest(v_freed) n;
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
    v_loan := row(null, null, 0, false, coalesce(v_counter.used, 0), coalesce(v_counter.leased, 0), v_terms.included, v_limit, v_terms.period_start, v_terms.period_end, null);

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
      -- Whoever is refused while units are lent is told when they come back; that is noted under the lock, for else they
      -- could come back in between.
      if v_round = 1 and v_loan.leased > 0 and v_counter.refused_at is null then continue; end if;
      if v_round = 2 then
        update quota_counters c set refused_at = clock_timestamp()
        where c.organization_id = p_org and c.livemode = p_livemode and c.metric = p_metric and c.period_start = v_terms.period_start;
      end if;

      v_loan.fits_in_ms := quota_fits_in_ms(p_org, p_livemode, p_metric, v_terms.period_start, p_need - v_available);
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

-- What was used under each plan version that an organization was on in [p_from, p_to). Phases without usage of a metric have
-- no row for it. A phase ends where the next begins; its instants are half-open as those of periods are.
create function public.usage_by_phase(p_org uuid, p_from timestamptz, p_to timestamptz)
returns table (
  livemode boolean, metric text, starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, quantity numeric, highest numeric, events bigint
)
language sql stable set search_path = public as $$
  select u.livemode, u.metric, f.starts_at, f.ends_at, f.plan_version_id, u.quantity, u.highest, u.events
  from plan_phases(p_org, p_from, p_to) f
  cross join lateral usage_between(p_org, f.starts_at, f.ends_at) u;
$$;

-- What is known of the live usage of a closed period, per phase and metric: the latest revision, else what was frozen when it
-- was closed. Phases in which nothing of a metric was used are absent.
create function public.phase_quantities(p_org uuid, p_period_start timestamptz)
returns table (
  metric text, starts_at timestamptz, ends_at timestamptz, plan_version_id uuid, quantity numeric, events bigint, included numeric, stored_through timestamptz
)
language sql stable set search_path = public as $$
  select distinct on (k.metric, k.starts_at) k.metric, k.starts_at, k.ends_at, k.plan_version_id, k.quantity, k.events, k.included, k.stored_through
  from (
    select s.metric, s.starts_at, s.ends_at, s.plan_version_id, s.quantity, s.events, s.included, p.stored_through, 0 as revised
    from quota_phase_snapshots s join closed_periods p using (organization_id, period_start)
    where s.organization_id = p_org and s.period_start = p_period_start and s.livemode
    union all
    select r.metric, r.starts_at, r.ends_at, r.plan_version_id, r.quantity, r.events, r.included, r.stored_through, 1
    from quota_phase_revisions r where r.organization_id = p_org and r.period_start = p_period_start
  ) k
  order by k.metric, k.starts_at, k.revised desc, k.stored_through desc;
$$;

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

-- Whoever runs an installation is told where what was recorded does not agree.
insert into public.alert_rules (kind, name, severity) values ('integrity', 'Recorded usage disagrees', 'critical');

-- The one row there is.
insert into public.billing_lease default values;

-- The metrics that ship.
insert into public.metrics (key, name, unit, aggregation) values
  ('api_calls', 'API calls', 'call', 'sum'),
  ('documents', 'Documents', 'document', 'sum'),
  ('storage_gb', 'Storage', 'GB', 'last'),
  ('members', 'Members', 'member', 'max'),
  ('ai_tokens', 'AI tokens', 'token', 'sum'),
  ('document_pages', 'Document pages', 'page', 'sum'),
  ('batch_operations', 'Batch operations', 'operation', 'sum'),
  ('export_operations', 'Exports', 'operation', 'sum'),
  ('ocr_operations', 'OCR operations', 'operation', 'sum'),
  ('llm_operations', 'LLM operations', 'operation', 'sum'),
  ('database_queries', 'Database queries', 'query', 'sum'),
  ('bandwidth_bytes', 'Bandwidth', 'byte', 'sum'),
  ('user_sessions', 'User sessions', 'session', 'unique'),
  ('call_minutes', 'Call minutes', 'minute', 'sum');

-- The plans that ship. An admin adds versions; these rows stay as they are.
insert into public.plans (key, name, rank) values
  ('free', 'Free', 10),
  ('starter', 'Starter', 20),
  ('pro', 'Pro', 30),
  ('business', 'Business', 40),
  ('enterprise', 'Enterprise', 50);

insert into public.plan_versions (plan_key, version, price_minor, currency, requests_per_minute, features)
select p.plan_key, 1, p.price_minor, 'USD', p.requests_per_minute, jsonb_build_object(
  'export', p.plan_key <> 'free',
  'advanced_analytics', p.plan_key in ('pro', 'business', 'enterprise'),
  'max_file_upload_bytes', p.max_file_upload_mib * 1048576,
  'retention_days', p.retention_days,
  'api_keys', p.api_keys
)
from (values
  ('free', 0, 100, 5::bigint, 30, 2),
  ('starter', 1900, 500, 25, 90, 10),
  ('pro', 4900, 2000, 100, 365, 50),
  ('business', 19900, 10000, 500, 730, 200),
  ('enterprise', 50000, 50000, 5120, 2555, 1000)
) p (plan_key, price_minor, requests_per_minute, max_file_upload_mib, retention_days, api_keys);

insert into public.plan_limits (plan_version_id, metric, included, enforcement, price, on_outage)
select v.id, l.metric, l.included,
  case when l.price is null then 'hard' else 'overage' end,
  l.price::jsonb,
  case when l.price is null and l.included is not null then 'deny' else 'allow' end
from (values
  ('free', 'api_calls', 1000, null),
  ('free', 'documents', 100, null),
  ('free', 'storage_gb', 5, null),
  ('free', 'members', 3, null),
  ('free', 'ai_tokens', 10000, null),

  ('starter', 'api_calls', 10000, '{"model": "per_unit", "unit_price": "0.002"}'),
  ('starter', 'documents', 250, '{"model": "per_unit", "unit_price": "0.50"}'),
  ('starter', 'storage_gb', 20, '{"model": "per_unit", "unit_price": "2.00"}'),
  ('starter', 'members', 5, null),
  ('starter', 'ai_tokens', 250000, '{"model": "package", "package_size": "1000", "package_price": "0.02"}'),

  ('pro', 'api_calls', 100000, '{"model": "per_unit", "unit_price": "0.001"}'),
  ('pro', 'documents', 500, '{"model": "per_unit", "unit_price": "0.40"}'),
  ('pro', 'storage_gb', 50, '{"model": "per_unit", "unit_price": "1.50"}'),
  ('pro', 'members', 10, '{"model": "per_unit", "unit_price": "5.00"}'),
  ('pro', 'ai_tokens', 1000000, '{"model": "package", "package_size": "1000", "package_price": "0.015"}'),

  ('business', 'api_calls', 1000000, '{"model": "graduated", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]}'),
  ('business', 'documents', 2000, '{"model": "per_unit", "unit_price": "0.35"}'),
  ('business', 'storage_gb', 200, '{"model": "per_unit", "unit_price": "1.25"}'),
  ('business', 'members', 50, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('business', 'ai_tokens', 10000000, '{"model": "package", "package_size": "1000", "package_price": "0.01"}'),

  ('enterprise', 'api_calls', null, null),
  ('enterprise', 'documents', 5000, '{"model": "per_unit", "unit_price": "0.30"}'),
  ('enterprise', 'storage_gb', 500, '{"model": "per_unit", "unit_price": "1.00"}'),
  ('enterprise', 'members', 100, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('enterprise', 'ai_tokens', 100000000, '{"model": "package", "package_size": "1000", "package_price": "0.008"}')
) l (plan_key, metric, included, price)
join public.plan_versions v on v.plan_key = l.plan_key;

-- The one row there is.
insert into public.test_clock default values;

reset check_function_bodies;
