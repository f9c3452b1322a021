-- A breakdown with one entry for each code, in order of the codes; a number beyond four bytes takes several entries.
create function public.compact_breakdown(p_breakdown bytea) returns bytea
language sql immutable parallel safe as $$
  select coalesce(string_agg(int2send(c.code) || int4send(least(2147483647, c.n - k * 2147483647)::integer), ''::bytea order by c.code, k), ''::bytea)
  from breakdown_counts(p_breakdown) c cross join lateral generate_series(0, (c.n - 1) / 2147483647) k;
$$;
