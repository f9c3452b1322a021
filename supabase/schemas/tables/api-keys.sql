-- API keys. Only a hash is stored: whoever reads this table cannot call the API.

create table public.api_keys (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  name text not null check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]\u2028\u2029]'),
  secret_sha256 bytea not null unique check (octet_length(secret_sha256) = 32),
  prefix text not null,
  last_four text not null check (char_length(last_four) = 4),
  livemode boolean not null,
  scopes text[] not null,
  -- CIDR ranges the key may be used from; empty means anywhere.
  allowed_ips text[] not null default '{}',
  created_by uuid,
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key this one replaced; that key keeps working until its own expires_at.
  rotated_from uuid references public.api_keys,
  -- Coarse: moved at most once a minute, by the transaction that records usage.
  last_used_at timestamptz,
  -- A rate limit of the key itself. Null: the key is held to the plan's limit.
  requests_per_minute integer check (requests_per_minute > 0),
  -- Set by an operator, who may go above the plan. What a customer set stays below it, also after a downgrade.
  may_exceed_plan boolean not null default false,
  check (requests_per_minute is not null or not may_exceed_plan)
);
create index api_keys_organization on public.api_keys (organization_id, created_at desc);

create trigger announce_change after insert or delete
  or update of name, scopes, allowed_ips, expires_at, revoked_at, requests_per_minute, may_exceed_plan on public.api_keys
  for each row execute function public.announce_api_key_change();

alter table public.api_keys enable row level security;
revoke all on public.api_keys from anon, authenticated;
-- Everything but the hash.
grant select (
  id, organization_id, name, prefix, last_four, livemode, scopes, allowed_ips, created_by, created_at, expires_at, revoked_at, rotated_from,
  last_used_at, requests_per_minute, may_exceed_plan
) on public.api_keys to authenticated;
create policy members_read on public.api_keys for select to authenticated using (public.is_member_of(organization_id));
