-- What Stripe told by webhook. An event is recorded before anything is done about it, and done once: instants but `created_at` are
-- the database's, so that processes agree on who holds which.

create table public.stripe_events (
  id text primary key check (id ~ '^evt_[A-Za-z0-9_]{1,250}$'),
  type text not null check (char_length(type) between 1 and 200),
  -- What it is about, which is asked for again: what an event carries may be old by the time it is looked at.
  object_id text check (char_length(object_id) between 1 and 255),
  customer_id text check (char_length(customer_id) between 1 and 255),
  -- At Stripe.
  created_at timestamptz not null,
  received_at timestamptz not null default clock_timestamp(),
  state text not null default 'received' check (state in ('received', 'processing', 'done', 'failed')),
  attempts integer not null default 0,
  -- Whoever processes it has so long; one that failed is not tried again by the scheduler before then.
  claimed_until timestamptz not null default clock_timestamp(),
  processed_at timestamptz,
  -- What came of it; of one that is done, what it was.
  outcome text check (char_length(outcome) between 1 and 500),
  last_error text check (char_length(last_error) between 1 and 500),
  check ((state = 'done') = (processed_at is not null))
);
create index stripe_events_open on public.stripe_events (claimed_until) where state <> 'done';
create index stripe_events_received on public.stripe_events (received_at);

alter table public.stripe_events enable row level security;
revoke all on public.stripe_events from anon, authenticated;
