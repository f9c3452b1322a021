-- By which price at Stripe a plan version is paid. Both are made once and stay as they are.

create table public.stripe_prices (
  plan_version_id uuid not null references public.plan_versions,
  -- Of Stripe's two worlds: false is the sandbox.
  livemode boolean not null,
  product_id text not null check (char_length(product_id) between 1 and 255),
  price_id text not null unique check (char_length(price_id) between 1 and 255),
  primary key (plan_version_id, livemode)
);

alter table public.stripe_prices enable row level security;
revoke all on public.stripe_prices from anon, authenticated;
