-- What a breakdown counts, by code.
create function public.breakdown_counts(p_breakdown bytea) returns table (code smallint, n bigint)
language sql immutable parallel safe rows 50 as $$
  select ((get_byte(b, i) << 8) + get_byte(b, i + 1))::smallint,
    sum((get_byte(b, i + 2)::bigint << 24) + (get_byte(b, i + 3) << 16) + (get_byte(b, i + 4) << 8) + get_byte(b, i + 5))::bigint
  -- Put together anew, so that it is unpacked once and not for every byte.
  from (select p_breakdown || ''::bytea as b) packed cross join lateral generate_series(0, length(packed.b) - 6, 6) i
  group by 1;
$$;
