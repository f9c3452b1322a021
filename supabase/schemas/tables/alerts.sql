-- What is to be told, from when on, and to whom. Rules on quotas are applied by the transaction that records usage
-- (raise_usage_alerts); all others by a run that reads what there is to measure.
create table public.alert_rules (
  id uuid primary key default gen_random_uuid(),
  -- Null: a rule of the installation, told to platform admins. It watches every organization that is used, and what belongs to none.
  organization_id uuid references public.organizations on delete cascade,
  -- Usage of this key only; null: all live usage.
  api_key_id uuid references public.api_keys on delete cascade,
  kind text not null check (kind in ('quota_share', 'overage', 'units', 'rate', 'money', 'forecast', 'anomaly', 'error_rate', 'integrity')),
  -- One of those that every organization has from its first instant; they can be switched, not removed.
  level text check (level in ('80', '90', '100', 'overage')),
  name text not null check (length(name) between 1 and 80),
  -- Null: of a quota or an anomaly, every metric; of money, errors and integrity there is none.
  metric text references public.metrics,
  -- quota_share: per cent of what is included; units: in the period; rate: units in a UTC hour; money: minor units of the plan's
  -- currency in the period; forecast: probability, 0 to 1; anomaly: risk, 0 to 100; error_rate: per cent of calls.
  threshold numeric check (threshold > 0),
  severity text not null check (severity in ('info', 'warning', 'critical')),
  mail_roles text[] not null default '{owner,admin}' check (mail_roles <@ '{owner,admin,member}'::text[]),
  mail_addresses text[] not null default '{}' check (cardinality(mail_addresses) <= 5),
  -- subscribed: every endpoint that has subscribed to alerts; chosen: those named.
  webhooks text not null default 'subscribed' check (webhooks in ('subscribed', 'none', 'chosen')),
  webhook_endpoint_ids uuid[] not null default '{}' check (cardinality(webhook_endpoint_ids) <= 10),
  -- For so long it must have been clear before it is told anew.
  cooldown_seconds integer not null default 900 check (cooldown_seconds between 0 and 604800),
  enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check ((threshold is null) = (kind in ('overage', 'integrity'))),
  check ((webhooks = 'chosen') = (cardinality(webhook_endpoint_ids) > 0)),
  check (api_key_id is null or organization_id is not null)
);
create unique index alert_rules_level on public.alert_rules (organization_id, level) where level is not null;
-- Recording reads the levels of an organization from here.
create index alert_rules_of_quotas on public.alert_rules (organization_id) include (id, kind, metric, threshold)
  where enabled and kind in ('quota_share', 'overage');
create index alert_rules_organization on public.alert_rules (organization_id, created_at, id);
create index alert_rules_measured on public.alert_rules (organization_id)
  where enabled and kind in ('units', 'rate', 'money', 'forecast', 'error_rate');
create index alert_rules_api_key on public.alert_rules (api_key_id) where api_key_id is not null;

create trigger open_alert_rules after insert on public.organizations
  for each row execute function public.open_alert_rules();
-- What counters remember of when a level is due is old then.
create trigger announce_change after insert or update or delete on public.alert_rules
  for each row execute function public.announce_quota_change();

alter table public.alert_rules enable row level security;
revoke all on public.alert_rules from anon, authenticated;
