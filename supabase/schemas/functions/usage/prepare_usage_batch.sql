-- usage_batch now also has what was lent for an event; usage_events does not keep it.
create function public.prepare_usage_batch() returns void
language plpgsql set search_path = public, pg_temp set client_min_messages = warning as $$
begin
  if exists (select from pg_attribute where attrelid = to_regclass('pg_temp.usage_batch') and attname = 'lease_units') then
    delete from usage_batch;
  else
    drop table if exists pg_temp.usage_batch;
    create temp table usage_batch ("position" integer not null, like usage_events, lease_ids uuid[], lease_units numeric[]) on commit delete rows;
    alter table usage_batch alter column stored_at drop not null;
  end if;
end $$;
