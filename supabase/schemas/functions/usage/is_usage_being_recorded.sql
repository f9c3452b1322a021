-- Whether anybody is recording at this moment: record_usage_batch holds this lock, shared by all, until its transaction ends.
create function public.is_usage_being_recorded() returns boolean
language sql volatile set search_path = public as $$
  select exists (
    select from pg_locks k
    where k.locktype = 'advisory' and k.classid = 20261125 and k.objid = 1 and k.objsubid = 2
      and k.database = (select d.oid from pg_database d where d.datname = current_database())
  );
$$;
