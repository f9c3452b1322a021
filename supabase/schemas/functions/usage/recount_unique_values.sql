-- Compares the distinct values of a day with the events in usage_batch, which are all of that day and of these organizations; with
-- p_mend it adds what is lacking and removes what nobody reported.
create function public.recount_unique_values(p_orgs uuid[], p_day date, p_mend boolean)
returns table (organization_id uuid, livemode boolean, metric text, kept bigint, counted bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_unique_metrics text[] := array(select key from metrics where aggregation = 'unique');
  v_counted usage_unique_values[] := array(select v from usage_batch_unique_values() v);
begin
  return query
    select organization_id, livemode, metric, count(t.at), count(c.at)
    from (select *, 1 as at from unnest(v_counted)) c
    full join (
      select *, 1 as at from usage_unique_values u
      where u.organization_id = any (p_orgs) and u.livemode = any ('{true,false}') and u.metric = any (v_unique_metrics) and u.day = p_day
    ) t using (organization_id, livemode, metric, day, value_sha256)
    group by 1, 2, 3 having count(t.at) <> count(*) or count(c.at) <> count(*);
  if found and p_mend then
    delete from usage_unique_values u where u.organization_id = any (p_orgs) and u.day = p_day;
    insert into usage_unique_values select * from unnest(v_counted);
  end if;
end $$;
