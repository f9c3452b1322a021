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
