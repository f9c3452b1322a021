-- The method under which a breakdown counts a request: one of HTTP's own, or OTHER. Reporters write what they like, and a
-- breakdown must not grow with it.
create function public.known_method(p_method text) returns text
language sql immutable parallel safe as $$
  select case
    when p_method in ('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY') then p_method
    when p_method is not null then 'OTHER'
  end;
$$;
