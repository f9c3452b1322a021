-- The distinct values that one quantity of an event names: one, or a list of them.
create function public.quantity_values(p_quantity jsonb) returns setof text
language sql immutable parallel safe as $$
  select p_quantity #>> '{}' where jsonb_typeof(p_quantity) <> 'array'
  union all
  select v from jsonb_array_elements_text(case jsonb_typeof(p_quantity) when 'array' then p_quantity else '[]' end) v;
$$;
