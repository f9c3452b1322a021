-- Adds two objects of counts, key by key.
create function public.add_counts(a jsonb, b jsonb) returns jsonb
language plpgsql immutable parallel safe as $$
begin
  if a = '{}' then return b; end if;
  if b = '{}' then return a; end if;
  return (
    select jsonb_object_agg(key, n) from (
      select key, sum(value::bigint) as n
      from (select * from jsonb_each_text(a) union all select * from jsonb_each_text(b)) both_sides
      group by key
    ) summed
  );
end $$;
create aggregate public.sum_counts(jsonb) (sfunc = add_counts, stype = jsonb, initcond = '{}');
