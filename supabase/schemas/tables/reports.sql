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
