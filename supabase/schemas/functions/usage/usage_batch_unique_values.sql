-- The distinct values that the events in usage_batch report, by day.
create function public.usage_batch_unique_values() returns setof public.usage_unique_values
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
begin
  return query
    select distinct b.organization_id, b.livemode, q.key, (b.occurred_at at time zone 'UTC')::date, sha256(convert_to(v.value, 'UTF8'))
    from usage_batch b
    cross join lateral jsonb_each(b.quantities) q
    cross join lateral quantity_values(q.value) v (value)
    where b.quantities ?| v_unique_metrics and q.key = any (v_unique_metrics);
end $$;
