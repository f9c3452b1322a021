-- What was told to whom: each occurrence once.

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
