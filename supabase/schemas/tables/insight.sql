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
