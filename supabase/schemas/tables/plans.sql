-- Plans, what they limit, and which organization is on which of them at which instant.
--
-- Nothing here is reset by a job: a billing period is computed from the subscription's anchor, and the plan of an instant
-- is the latest phase that had started by then. So a change for the end of the period is a row whose time comes by itself.

create table public.plans (
  key text primary key check (key ~ '^[a-z][a-z0-9_]{0,62}$'),
  name text not null check (char_length(name) between 1 and 100),
  -- Moving to a higher rank is an upgrade and happens at once; to a lower one, at the end of the period.
  rank integer not null unique,
  created_at timestamptz not null default now()
);

create table public.plan_versions (
  id uuid primary key default gen_random_uuid(),
  plan_key text not null references public.plans,
  version integer not null check (version > 0),
  price_minor bigint not null check (price_minor >= 0),
  currency text not null default 'USD' check (currency ~ '^[A-Z]{3}$'),
  requests_per_minute integer not null check (requests_per_minute > 0),
  -- feature -> true, false or a number
  features jsonb not null default '{}' check (jsonb_typeof(features) = 'object'),
  published_at timestamptz not null default now(),
  -- Whether Stripe is sent what is used by the hour, for its own pages; it bills nothing by it.
  stripe_meters boolean not null default false,
  unique (plan_key, version)
);

-- A metric without a row is not limited by the plan, nor is one whose included quantity is null.
create table public.plan_limits (
  plan_version_id uuid not null references public.plan_versions,
  metric text not null references public.metrics,
  included numeric check (included >= 0),
  enforcement text not null check (enforcement in ('hard', 'overage')),
  -- Units beyond what is included, after which overage stops as well; null is no end.
  overage_limit numeric check (overage_limit > 0),
  -- What units beyond what is included cost, in major units of the version's currency, as exact decimals
  -- (src/rating/contracts.ts), each with an optional "minimum" and "maximum":
  --   {"model": "flat", "amount": "49"}
  --   {"model": "per_unit", "unit_price": "0.002"}
  --   {"model": "graduated" or "volume", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]};
  --     a tier may have a "flat_amount"
  --   {"model": "package", "package_size": "1000", "package_price": "0.02"}, and "charged": "full" where only full packages are
  price jsonb check (price ->> 'model' in ('flat', 'per_unit', 'graduated', 'volume', 'package')),
  -- What is answered while the database cannot be asked.
  on_outage text not null check (on_outage in ('allow', 'deny')),
  primary key (plan_version_id, metric),
  check (case enforcement
    when 'overage' then included is not null and price is not null
    else price is null and overage_limit is null
  end)
);

create table public.subscriptions (
  organization_id uuid primary key references public.organizations on delete cascade,
  -- Period n is [anchor + n months, anchor + (n + 1) months), at midnight UTC.
  anchor date not null,
  -- What overage may cost in a period, in minor units of the plan's currency; null is no cap.
  spend_cap_minor bigint check (spend_cap_minor >= 0),
  created_at timestamptz not null default now()
);

-- The first phase starts at -infinity, so that usage from before the sign-up (an import) has a plan too.
create table public.subscription_phases (
  id bigint generated always as identity primary key,
  organization_id uuid not null references public.subscriptions on delete cascade,
  starts_at timestamptz not null,
  plan_version_id uuid not null references public.plan_versions,
  reason text not null check (
    reason in ('sign_up', 'upgrade', 'downgrade', 'cancel', 'admin', 'trial', 'trial_ended', 'subscribed', 'restricted', 'restored')
  ),
  -- Who charges the plan's fee for the phase: our invoice, a subscription at Stripe, or nobody (a trial).
  fee text not null default 'invoice' check (fee in ('invoice', 'stripe', 'none')),
  created_at timestamptz not null default now(),
  unique (organization_id, starts_at)
);

-- Extra units, beyond the included ones. Used in order of expiry, the soonest first.
create table public.quota_grants (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  units numeric not null check (units > 0),
  reason text not null check (char_length(reason) between 1 and 500),
  granted_by text not null,
  granted_at timestamptz not null default now(),
  expires_at timestamptz check (expires_at > granted_at),
  revoked_at timestamptz
);
create index quota_grants_organization on public.quota_grants (organization_id, metric, expires_at);

-- What a period has used of a grant. Set by the recording transaction from the period's usage, never added to.
create table public.quota_grant_draws (
  grant_id uuid not null references public.quota_grants on delete cascade,
  period_start timestamptz not null,
  units numeric not null check (units >= 0),
  primary key (grant_id, period_start)
);

-- Takes the place of what the plan includes.
create table public.quota_overrides (
  organization_id uuid not null references public.organizations on delete cascade,
  metric text not null references public.metrics,
  -- null is unlimited
  included numeric check (included >= 0),
  reason text not null check (char_length(reason) between 1 and 500),
  set_by text not null,
  set_at timestamptz not null default now(),
  primary key (organization_id, metric)
);

-- What was published is not edited: no row changes, and no limit is added to a version later. (published_at is the start
-- of the transaction, so only that transaction can add the version's limits.)
create trigger only_added_to before update or delete on public.plan_versions
  for each row execute function public.refuse_change();
create trigger only_added_to before update or delete on public.plan_limits
  for each row execute function public.refuse_change();
create trigger admit_plan_limit before insert on public.plan_limits
  for each row execute function public.admit_plan_limit();

create trigger open_subscription after insert on public.organizations
  for each row execute function public.open_subscription();

create trigger announce_change after insert or update or delete on public.subscriptions
  for each row execute function public.announce_quota_change();
create trigger admit_phase before insert or update of plan_version_id on public.subscription_phases
  for each row execute function public.admit_phase();
create trigger announce_change after insert or update or delete on public.subscription_phases
  for each row execute function public.announce_quota_change();
create trigger announce_change after insert or update or delete on public.quota_grants
  for each row execute function public.announce_quota_change();
create trigger announce_change after insert or update or delete on public.quota_overrides
  for each row execute function public.announce_quota_change();

alter table public.plans enable row level security;
alter table public.plan_versions enable row level security;
alter table public.plan_limits enable row level security;
alter table public.subscriptions enable row level security;
alter table public.subscription_phases enable row level security;
alter table public.quota_grants enable row level security;
alter table public.quota_grant_draws enable row level security;
alter table public.quota_overrides enable row level security;
revoke all on public.plans, public.plan_versions, public.plan_limits, public.subscriptions, public.subscription_phases,
  public.quota_grants, public.quota_grant_draws, public.quota_overrides from anon, authenticated;
grant select on public.plans, public.plan_versions, public.plan_limits, public.subscriptions, public.subscription_phases,
  public.quota_grants, public.quota_grant_draws, public.quota_overrides to authenticated;
create policy everyone_reads on public.plans for select to authenticated using (true);
create policy everyone_reads on public.plan_versions for select to authenticated using (true);
create policy everyone_reads on public.plan_limits for select to authenticated using (true);
create policy members_read on public.subscriptions for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.subscription_phases for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_grants for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_overrides for select to authenticated using (public.is_member_of(organization_id));
create policy members_read on public.quota_grant_draws for select to authenticated using (
  exists (select from public.quota_grants g where g.id = grant_id and public.is_member_of(g.organization_id))
);
