-- The period that holds an instant, each counted from the anchor: 31 Jan, 28 Feb, 31 Mar.
-- (Adding n months lands in the n-th month, at its last day if it is too short; so the period starts in the instant's own
-- month, or in the month before it.) The same as periodAt in src/kernel/billing-period.ts.
create function public.billing_period(p_anchor date, p_at timestamptz)
returns table (period_start timestamptz, period_end timestamptz)
language sql immutable parallel safe as $$
  select
    (p_anchor + make_interval(months => k.months)) at time zone 'UTC',
    (p_anchor + make_interval(months => k.months + 1)) at time zone 'UTC'
  from (select p_at at time zone 'UTC' as local_at) u
  cross join lateral (
    select (
      (extract(year from u.local_at) - extract(year from p_anchor)) * 12 + extract(month from u.local_at) - extract(month from p_anchor)
    )::integer as months
  ) m
  cross join lateral (
    select m.months - case when p_anchor + make_interval(months => m.months) > u.local_at then 1 else 0 end as months
  ) k;
$$;
