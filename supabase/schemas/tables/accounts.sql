-- Organizations, their members and invitations, known devices, and the audit log.

create type public.organization_role as enum ('owner', 'admin', 'member');

create table public.organizations (
  id uuid primary key default gen_random_uuid(),
  name text not null check (char_length(name) between 1 and 100 and name !~ '[[:cntrl:]\u2028\u2029]'),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'),
  -- The person whose sign-up made this organization; at most one each, so that a repeated sign-up makes no second.
  personal_user_id uuid unique,
  created_at timestamptz not null default now()
);

create table public.organization_members (
  organization_id uuid not null references public.organizations on delete cascade,
  user_id uuid not null,
  email text not null,
  role public.organization_role not null,
  created_at timestamptz not null default now(),
  primary key (organization_id, user_id)
);
create index organization_members_user on public.organization_members (user_id);

create table public.organization_invitations (
  id uuid primary key default gen_random_uuid(),
  organization_id uuid not null references public.organizations on delete cascade,
  email text not null check (email = lower(email)),
  role public.organization_role not null,
  token_sha256 bytea not null unique,
  invited_by uuid not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz
);
create unique index organization_invitations_one_open on public.organization_invitations (organization_id, email)
  where accepted_at is null and revoked_at is null;

-- Addresses whose reader chose the account's password by a link that was mailed to them; they go with the account.
create table public.proven_addresses (
  user_id uuid not null references auth.users on delete cascade,
  email text not null check (email = lower(email)),
  proven_at timestamptz not null default now(),
  primary key (user_id, email)
);

-- Browsers from which somebody signed in to an account; only a hash of what they keep. Removed 30 days after the last
-- sign-in, and beyond the newest twenty of an account, by later sign-ins.
create table public.known_devices (
  user_id uuid not null,
  token_sha256 bytea not null check (octet_length(token_sha256) = 32),
  last_used_at timestamptz not null,
  primary key (user_id, token_sha256)
);
create index known_devices_last_used on public.known_devices (last_used_at);

create table public.audit_log (
  id bigint generated always as identity primary key,
  organization_id uuid references public.organizations on delete set null,
  at timestamptz not null default now(),
  actor_kind text not null check (actor_kind in ('user', 'api_key', 'system')),
  actor_id text,
  action text not null,
  target text,
  details jsonb not null default '{}'
);
create index audit_log_organization on public.audit_log (organization_id, id desc);

create trigger keep_last_owner before update of role or delete on public.organization_members
  for each row execute function public.keep_last_owner();
create trigger report_members_who_came after insert on public.organization_members
  referencing new table as changed_members for each statement execute function public.report_members();
create trigger report_members_who_left after delete on public.organization_members
  referencing old table as changed_members for each statement execute function public.report_members();
create trigger only_added_to before update of at, actor_kind, actor_id, action, target, details or delete on public.audit_log
  for each row execute function public.refuse_change();

alter table public.organizations enable row level security;
alter table public.organization_members enable row level security;
alter table public.organization_invitations enable row level security;
alter table public.proven_addresses enable row level security;
alter table public.known_devices enable row level security;
alter table public.audit_log enable row level security;
revoke all on public.organizations, public.organization_members, public.organization_invitations, public.proven_addresses,
  public.known_devices, public.audit_log from anon, authenticated;
grant select on public.organizations, public.organization_members, public.audit_log to authenticated;
create policy members_read on public.organizations for select to authenticated using (public.is_member_of(id));
create policy members_read on public.organization_members for select to authenticated using (public.is_member_of(organization_id));
create policy admins_read on public.audit_log for select to authenticated using (public.is_admin_of(organization_id));
