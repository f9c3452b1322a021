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
