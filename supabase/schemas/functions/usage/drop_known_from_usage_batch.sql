-- Removes from usage_batch the events that are known already, and says which. Known is what was stored in
-- [p_from, p_to), and the second copy within the batch. (lateral … limit 1 keeps it an index lookup per event and month.)
create function public.drop_known_from_usage_batch(p_from timestamptz, p_to timestamptz) returns setof integer
language plpgsql set search_path = public, pg_temp set jit = off as $$
begin
  return query
    delete from usage_batch b using (
      select c.position from usage_batch c
      cross join lateral (
        select from usage_events e
        where e.source_id = c.source_id and e.event_key = c.event_key and e.stored_at >= p_from and e.stored_at < p_to
        limit 1
      ) held
      union all
      select c.position from (
        select t.position, row_number() over (partition by t.source_id, t.event_key order by t.position) as copy from usage_batch t
      ) c
      where c.copy > 1
    ) known
    where known.position = b.position
    returning b.position;
end $$;
