-- An organization never loses its last owner, whatever two people do at once: the lock on the organization makes
-- role changes of one organization take turns. (Not `for update`: rows that refer to it, such as its usage, can be written.)
create function public.keep_last_owner() returns trigger language plpgsql set search_path = public as $$
begin
  perform from organizations where id = old.organization_id for no key update;
  if found and old.role = 'owner' and (tg_op = 'DELETE' or new.role <> 'owner') and not exists (
    select from organization_members
    where organization_id = old.organization_id and role = 'owner' and user_id <> old.user_id
  ) then
    raise exception 'an organization keeps at least one owner' using errcode = 'TG001';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
