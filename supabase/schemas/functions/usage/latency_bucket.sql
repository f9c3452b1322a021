-- DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019) with relative accuracy
-- 0.01: bucket i holds durations in (g^(i-1), g^i] microseconds, g = 1.01/0.99. The value 2*g^i/(g+1) of a bucket is within
-- 1 % of every duration in it. Bucket 0 holds durations of up to one microsecond.
create function public.latency_bucket(p_duration_us integer) returns integer
language sql immutable parallel safe as $$
  select case when p_duration_us <= 1 then 0 else ceil(ln(p_duration_us::float8) / ln(1.01::float8 / 0.99::float8))::integer end;
$$;
