-- Tells every process within milliseconds that what an organization may use has changed. Draws are not announced: they
-- move with every batch, and a period's own draws do not change what it may use.
create function public.announce_quota_change() returns trigger language plpgsql as $$
begin
  perform pg_notify('quota_changed', coalesce(new.organization_id, old.organization_id)::text);
  return null;
end $$;
