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
