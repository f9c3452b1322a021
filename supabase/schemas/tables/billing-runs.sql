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
