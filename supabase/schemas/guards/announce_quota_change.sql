-- Tells every process within milliseconds that what an organization may use has changed, and makes what counters remember of
-- it old. Draws are not announced: they move with every batch, and a period's own draws do not change what it may use.
create function public.announce_quota_change() returns trigger language plpgsql set search_path = public as $$
declare
  v_org uuid := coalesce(new.organization_id, old.organization_id);
begin
  -- A rule of the installation changes what no organization may use.
  if v_org is null then return null; end if;
  insert into quota_terms_versions as t (organization_id, version)
  select v_org, 1 from subscriptions s where s.organization_id = v_org
  on conflict (organization_id) do update set version = t.version + 1;
  perform pg_notify('quota_changed', v_org::text);
  return null;
end $$;
