-- Removes at most p_limit raw events of an organization that are older than it keeps them, and gives back how many. The sums
-- stay, and the ledger remembers from when on raw events are whole. What was stored in the last 35 days stays whatever its
-- age: until then its identity must be known. The ledger is taken last, and only for the moment of the commit; who counts a
-- day again holds it, reads raw_from first, and so sees either all of a day or that it is no longer whole.
create function public.remove_old_usage_events(p_org uuid, p_at timestamptz, p_dispute_days integer, p_limit integer) returns integer
language plpgsql set search_path = public set jit = off as $$
declare
  v_before timestamptz := usage_kept_from(p_org, p_at, p_dispute_days);
  -- The clock of the application may be moved; stored_at is of this one.
  v_stored_before timestamptz := least(p_at, clock_timestamp()) - interval '35 days';
  v_partition text;
  v_count integer;
  v_removed integer := 0;
begin
  if v_before is null then return 0; end if;
  for v_partition in
    select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid
    where i.inhparent = 'usage_events'::regclass and c.relname <= 'usage_events_' || to_char(v_stored_before at time zone 'UTC', 'YYYY_MM')
    order by 1
  loop
    execute format(
      'delete from %1$I where ctid = any (array(select ctid from %1$I where organization_id = $1 and occurred_at < $2 and stored_at < $3 limit $4))',
      v_partition
    ) using p_org, v_before, v_stored_before, p_limit - v_removed;
    get diagnostics v_count = row_count;
    v_removed := v_removed + v_count;
    exit when v_removed >= p_limit;
  end loop;
  if v_removed > 0 then
    update usage_ledgers set raw_from = greatest(raw_from, v_before), raw_removed = raw_removed + v_removed where organization_id = p_org;
  end if;
  return v_removed;
end $$;
