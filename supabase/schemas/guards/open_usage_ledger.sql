create function public.open_usage_ledger() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into usage_ledgers (organization_id) values (new.id);
  return null;
end $$;
