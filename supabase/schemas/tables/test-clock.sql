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
