-- Removes from usage_batch the events that are known already, and says which, and whether what is known is another event than
-- the copy. Known is what was stored in [p_from, p_to), and the second copy within the batch. (lateral … limit 1 keeps it an
-- index lookup per event and month.)
create function public.drop_known_from_usage_batch(p_from timestamptz, p_to timestamptz) returns table ("position" integer, differs boolean)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
    delete from usage_batch b using (
      select c.position,
        row(held.*) is distinct from row(c.occurred_at, c.api_key_id, c.status, c.duration_us, c.request_bytes, c.response_bytes, c.quantities) as differs
      from usage_batch c
      cross join lateral (
        select e.occurred_at, e.api_key_id, e.status, e.duration_us, e.request_bytes, e.response_bytes, e.quantities from usage_events e
        where e.source_id = c.source_id and e.event_key = c.event_key and e.stored_at >= p_from and e.stored_at < p_to
        limit 1
      ) held
      union all
      select c.position, c.differs from (
        select t.position, row_number() over copies as copy,
          row(t.occurred_at, t.api_key_id, t.status, t.duration_us, t.request_bytes, t.response_bytes, t.quantities) is distinct from row(
            first_value(t.occurred_at) over copies, first_value(t.api_key_id) over copies, first_value(t.status) over copies,
            first_value(t.duration_us) over copies, first_value(t.request_bytes) over copies, first_value(t.response_bytes) over copies,
            first_value(t.quantities) over copies
          ) as differs
        from usage_batch t
        window copies as (partition by t.source_id, t.event_key order by t.position)
      ) c
      where c.copy > 1
    ) known
    where known.position = b.position
    returning b.position, known.differs;
end $$;
