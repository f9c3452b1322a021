-- The breakdown of one call. The codes: its latency bucket (0 to 1999), its status (2000 and up), its method (3000 and up: its place
-- in the list below, which is only added to; 3000 is any other, so that reporters cannot make a breakdown grow), its country
-- (4000 and up). What it does not have is not counted.
create function public.call_breakdown(p_duration_us integer, p_status smallint, p_method text, p_country text) returns bytea
language sql immutable parallel safe as $$
  select
    case when p_duration_us is null then ''::bytea else int2send(latency_bucket(p_duration_us)::smallint) || '\x00000001'::bytea end
    || case when p_status between 0 and 999 then int2send((2000 + p_status)::smallint) || '\x00000001'::bytea else ''::bytea end
    || case when p_method is null then ''::bytea else
        int2send((3000 + coalesce(array_position('{GET,HEAD,POST,PUT,DELETE,CONNECT,OPTIONS,TRACE,PATCH,QUERY}'::text[], p_method), 0))::smallint)
        || '\x00000001'::bytea
      end
    || case when p_country ~ '^[A-Z0-9]{2}$' then
        int2send((
          4000 + 36 * strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', left(p_country, 1))
            + strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ', right(p_country, 1)) - 37
        )::smallint) || '\x00000001'::bytea
        else ''::bytea
      end;
$$;
