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
