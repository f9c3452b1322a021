-- Drops the partitions that retention has emptied: of months that ended more than 35 days before p_at. Whoever uses the table
-- right now is not made to wait for longer than a fifth of a second; then the next run does it. Gives back how many it dropped.
create function public.drop_empty_usage_partitions(p_at timestamptz) returns integer
language plpgsql set search_path = public set lock_timeout = '200ms' as $$
declare
  v_partition text;
  v_held boolean;
  v_dropped integer := 0;
begin
  for v_partition in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_events'::regclass
      and c.relname < 'usage_events_' || to_char((least(p_at, clock_timestamp()) - interval '35 days') at time zone 'UTC', 'YYYY_MM')
    order by 1
  loop
    execute format('select exists (select from %I)', v_partition) into v_held;
    continue when v_held;
    begin
      lock table usage_events in access exclusive mode;
      execute format('select exists (select from %I)', v_partition) into v_held;
      if not v_held then
        execute format('drop table %I', v_partition);
        v_dropped := v_dropped + 1;
      end if;
    exception when lock_not_available then return v_dropped;
    end;
  end loop;
  return v_dropped;
end $$;
