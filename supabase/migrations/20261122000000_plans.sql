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
  -- What units beyond what is included cost, in major units of the version's currency, as exact decimals:
  --   {"model": "per_unit", "unit_price": "0.002"}
  --   {"model": "graduated" or "volume", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]}
  --   {"model": "package", "package_size": "1000", "package_price": "0.02"}
  price jsonb check (price ->> 'model' in ('per_unit', 'graduated', 'volume', 'package')),
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
  reason text not null check (reason in ('sign_up', 'upgrade', 'downgrade', 'cancel', 'admin')),
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

-- The period that holds an instant, each counted from the anchor: 31 Jan, 28 Feb, 31 Mar.
-- (Adding n months lands in the n-th month, at its last day if it is too short; so the period starts in the instant's own
-- month, or in the month before it.) The same as periodAt in src/kernel/billing-period.ts.
create function public.billing_period(p_anchor date, p_at timestamptz)
returns table (period_start timestamptz, period_end timestamptz)
language sql immutable parallel safe as $$
  select
    (p_anchor + make_interval(months => k.months)) at time zone 'UTC',
    (p_anchor + make_interval(months => k.months + 1)) at time zone 'UTC'
  from (select p_at at time zone 'UTC' as local_at) u
  cross join lateral (
    select (
      (extract(year from u.local_at) - extract(year from p_anchor)) * 12 + extract(month from u.local_at) - extract(month from p_anchor)
    )::integer as months
  ) m
  cross join lateral (
    select m.months - case when p_anchor + make_interval(months => m.months) > u.local_at then 1 else 0 end as months
  ) k;
$$;

-- The plans that ship. An admin adds versions; these rows stay as they are.
insert into public.plans (key, name, rank) values
  ('free', 'Free', 10),
  ('starter', 'Starter', 20),
  ('pro', 'Pro', 30),
  ('business', 'Business', 40),
  ('enterprise', 'Enterprise', 50);

insert into public.plan_versions (plan_key, version, price_minor, currency, requests_per_minute, features)
select p.plan_key, 1, p.price_minor, 'USD', p.requests_per_minute, jsonb_build_object(
  'export', p.plan_key <> 'free',
  'advanced_analytics', p.plan_key in ('pro', 'business', 'enterprise'),
  'priority_support', p.plan_key in ('business', 'enterprise'),
  'sso', p.plan_key = 'enterprise',
  'max_file_upload_bytes', p.max_file_upload_mib * 1048576,
  'retention_days', p.retention_days,
  'api_keys', p.api_keys
)
from (values
  ('free', 0, 100, 5::bigint, 30, 2),
  ('starter', 1900, 500, 25, 90, 10),
  ('pro', 4900, 2000, 100, 365, 50),
  ('business', 19900, 10000, 500, 730, 200),
  ('enterprise', 50000, 50000, 5120, 2555, 1000)
) p (plan_key, price_minor, requests_per_minute, max_file_upload_mib, retention_days, api_keys);

insert into public.plan_limits (plan_version_id, metric, included, enforcement, price, on_outage)
select v.id, l.metric, l.included,
  case when l.price is null then 'hard' else 'overage' end,
  l.price::jsonb,
  case when l.price is null and l.included is not null then 'deny' else 'allow' end
from (values
  ('free', 'api_calls', 1000, null),
  ('free', 'documents', 100, null),
  ('free', 'storage_gb', 5, null),
  ('free', 'members', 3, null),
  ('free', 'ai_tokens', 10000, null),

  ('starter', 'api_calls', 10000, '{"model": "per_unit", "unit_price": "0.002"}'),
  ('starter', 'documents', 250, '{"model": "per_unit", "unit_price": "0.50"}'),
  ('starter', 'storage_gb', 20, '{"model": "per_unit", "unit_price": "2.00"}'),
  ('starter', 'members', 5, null),
  ('starter', 'ai_tokens', 250000, '{"model": "package", "package_size": "1000", "package_price": "0.02"}'),

  ('pro', 'api_calls', 100000, '{"model": "per_unit", "unit_price": "0.001"}'),
  ('pro', 'documents', 500, '{"model": "per_unit", "unit_price": "0.40"}'),
  ('pro', 'storage_gb', 50, '{"model": "per_unit", "unit_price": "1.50"}'),
  ('pro', 'members', 10, '{"model": "per_unit", "unit_price": "5.00"}'),
  ('pro', 'ai_tokens', 1000000, '{"model": "package", "package_size": "1000", "package_price": "0.015"}'),

  ('business', 'api_calls', 1000000, '{"model": "graduated", "tiers": [{"up_to": "4000000", "unit_price": "0.0008"}, {"up_to": null, "unit_price": "0.0005"}]}'),
  ('business', 'documents', 2000, '{"model": "per_unit", "unit_price": "0.35"}'),
  ('business', 'storage_gb', 200, '{"model": "per_unit", "unit_price": "1.25"}'),
  ('business', 'members', 50, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('business', 'ai_tokens', 10000000, '{"model": "package", "package_size": "1000", "package_price": "0.01"}'),

  ('enterprise', 'api_calls', null, null),
  ('enterprise', 'documents', 5000, '{"model": "per_unit", "unit_price": "0.30"}'),
  ('enterprise', 'storage_gb', 500, '{"model": "per_unit", "unit_price": "1.00"}'),
  ('enterprise', 'members', 100, '{"model": "per_unit", "unit_price": "4.00"}'),
  ('enterprise', 'ai_tokens', 100000000, '{"model": "package", "package_size": "1000", "package_price": "0.008"}')
) l (plan_key, metric, included, price)
join public.plan_versions v on v.plan_key = l.plan_key;

-- What was published is not edited: no row changes, and no limit is added to a version later. (published_at is the start
-- of the transaction, so only that transaction can add the version's limits.)
create trigger only_added_to before update or delete on public.plan_versions
  for each row execute function public.refuse_change();
create trigger only_added_to before update or delete on public.plan_limits
  for each row execute function public.refuse_change();

create function public.admit_plan_limit() returns trigger language plpgsql set search_path = public as $$
begin
  if not exists (select from plan_versions where id = new.plan_version_id and published_at = now()) then
    raise exception 'limits are added by the transaction that adds their plan version' using errcode = 'TG002';
  end if;
  -- How many distinct values a call would add is not known before it is recorded.
  if exists (select from metrics where key = new.metric and aggregation = 'unique') then
    raise exception 'a metric that counts distinct values cannot be limited' using errcode = 'TG003';
  end if;
  return new;
end $$;
create trigger admit_plan_limit before insert on public.plan_limits
  for each row execute function public.admit_plan_limit();

-- Every organization has a subscription from its first instant, on the newest version of the free plan.
create function public.open_subscription() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into subscriptions (organization_id, anchor, created_at)
  values (new.id, (new.created_at at time zone 'UTC')::date, new.created_at);
  insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
  select new.id, '-infinity', id, 'sign_up' from plan_versions where plan_key = 'free' order by version desc limit 1;
  return null;
end $$;
create trigger open_subscription after insert on public.organizations
  for each row execute function public.open_subscription();

insert into public.subscriptions (organization_id, anchor, created_at)
select id, (created_at at time zone 'UTC')::date, created_at from public.organizations;
insert into public.subscription_phases (organization_id, starts_at, plan_version_id, reason)
select o.id, '-infinity', v.id, 'sign_up' from public.organizations o cross join public.plan_versions v where v.plan_key = 'free';

-- Tells every process within milliseconds that what an organization may use has changed. Draws are not announced: they
-- move with every batch, and a period's own draws do not change what it may use.
create function public.announce_quota_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('quota_changed', coalesce(new.organization_id, old.organization_id)::text);
  return null;
end $$;
create trigger announce_change after insert or update or delete on public.subscriptions
  for each row execute function public.announce_quota_change();
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
