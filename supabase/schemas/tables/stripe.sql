-- What Stripe was told, and is to be told.

-- Who an organization is at Stripe, and what Stripe last said of its subscription there.
create table public.stripe_customers (
  organization_id uuid primary key references public.organizations on delete cascade,
  customer_id text not null unique check (char_length(customer_id) between 1 and 255),
  -- Name, address and mail as Stripe knows them.
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  subscription_id text unique check (char_length(subscription_id) between 1 and 255),
  -- In Stripe's words, e.g. active or past_due.
  subscription_status text check (char_length(subscription_status) between 1 and 50),
  -- What pays, as far as it may be shown, e.g. {"brand": "visa", "last4": "4242"}; null where none is known.
  payment_method jsonb check (jsonb_typeof(payment_method) = 'object'),
  -- Of Stripe's two worlds: false is the sandbox.
  livemode boolean not null,
  updated_at timestamptz not null,
  check ((subscription_id is null) = (subscription_status is null))
);

-- Everything that Stripe is made to do, one row per effect, written before the first call. However often the call is repeated, by
-- whomever, the effect happens once: calls carry an idempotency key made of `effect` and `generation`, and what they make carries
-- `effect` in its metadata, by which it is found when a key can no longer be trusted. Instants are of the real clock.
create table public.stripe_effects (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations,
  invoice_id uuid references public.invoices,
  credit_note_id uuid references public.credit_notes,
  -- Made of our ids and the step, e.g. invoice/0197…/finalize.
  effect text not null unique check (char_length(effect) between 1 and 200),
  kind text not null check (kind in (
    'customer', 'customer_details', 'invoice', 'subscription_draft', 'item', 'finalize', 'credit_note', 'void', 'product', 'price', 'checkout', 'subscription', 'meter',
    'meter_event'
  )),
  -- Effects of an invoice happen in this order.
  position integer not null default 0,
  -- failed: refused for good, until an admin has it tried again.
  state text not null default 'pending' check (state in ('pending', 'done', 'failed')),
  -- What it made.
  stripe_id text check (char_length(stripe_id) between 1 and 255),
  -- What is sent, as it was the first time under this generation: a repetition must say the same.
  request jsonb,
  -- Counts the idempotency keys that were given up.
  generation integer not null default 0,
  attempts integer not null default 0,
  -- Under this generation.
  first_attempted_at timestamptz,
  next_attempt_at timestamptz not null default '-infinity',
  -- Until then one process is at it.
  claimed_until timestamptz,
  last_error text check (char_length(last_error) <= 500),
  created_at timestamptz not null,
  done_at timestamptz,
  check ((state = 'done') = (stripe_id is not null and done_at is not null))
);
create index stripe_effects_invoice on public.stripe_effects (invoice_id, position) where invoice_id is not null;
create index stripe_effects_open on public.stripe_effects (state, next_attempt_at) where state <> 'done';
create index stripe_effects_meter_events on public.stripe_effects (created_at) where kind = 'meter_event';
create index stripe_effects_organization on public.stripe_effects (organization_id);

alter table public.stripe_customers enable row level security;
alter table public.stripe_effects enable row level security;
revoke all on public.stripe_customers, public.stripe_effects from anon, authenticated;
