-- The number under which a breakdown counts a call: of its latency bucket (0 to 1999), its status (2000 and up), its method (3000
-- and up: its place in the list below, which is only added to; 3000 is any other) or its country (4000 and up).
create function public.breakdown_codes(p_duration_us integer, p_status smallint, p_method text, p_country text) returns smallint[]
language sql immutable parallel safe as $$
  select array[
    latency_bucket(p_duration_us),
    case when p_status between 0 and 999 then 2000 + p_status end,
    case when p_method is not null then
      3000 + coalesce(array_position('{GET,HEAD,POST,PUT,DELETE,CONNECT,OPTIONS,TRACE,PATCH,QUERY}'::text[], p_method), 0)
    end,
    case when p_country ~ '^[A-Z0-9]{2}$' then
      4000 + 36 * strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', left(p_country, 1))
        + strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', right(p_country, 1)) - 37
    end
  ]::smallint[];
$$;
