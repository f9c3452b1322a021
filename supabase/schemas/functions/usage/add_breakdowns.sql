-- Adds counts to a breakdown: puts them in front and, once it is long, counts what stands in it several times as one.
create function public.add_breakdowns(p_breakdown bytea, p_added bytea) returns bytea
language sql immutable parallel safe as $$
  select case when length(p_breakdown) + length(p_added) <= 1800 then p_added || p_breakdown else compact_breakdown(p_added || p_breakdown) end;
$$;
