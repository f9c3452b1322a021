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
