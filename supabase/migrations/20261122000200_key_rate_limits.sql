-- A rate limit of the key itself.

alter table public.api_keys
  -- Null: the key is held to the plan's limit.
  add column requests_per_minute integer check (requests_per_minute > 0),
  -- Set by an operator, who may go above the plan. What a customer set stays below it, also after a downgrade.
  add column may_exceed_plan boolean not null default false,
  add check (requests_per_minute is not null or not may_exceed_plan);

drop trigger announce_change on public.api_keys;
create trigger announce_change after insert or delete
  or update of name, scopes, allowed_ips, expires_at, revoked_at, requests_per_minute, may_exceed_plan on public.api_keys
  for each row execute function public.announce_api_key_change();

grant select (requests_per_minute, may_exceed_plan) on public.api_keys to authenticated;
