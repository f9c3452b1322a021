-- Adds the distinct values of usage_batch to usage_unique_values, and says how many of them are new to their period.
create function public.add_usage_batch_to_unique_values()
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, added bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
begin
  return query
  with added as (
    insert into usage_unique_values (organization_id, livemode, metric, day, value_sha256)
    select * from usage_batch_unique_values()
    on conflict do nothing
    returning organization_id, livemode, metric, day, value_sha256
  )
  -- What this statement inserts it does not see: held is what other days of the period had before.
  select a.organization_id, a.livemode, a.metric, p.period_start, count(distinct a.value_sha256)
  from added a
  join subscriptions s on s.organization_id = a.organization_id
  cross join lateral billing_period(s.anchor, a.day::timestamp at time zone 'UTC') p
  where not exists (
    select from generate_series(p.period_start at time zone 'UTC', (p.period_end at time zone 'UTC') - interval '1 day', interval '1 day') d (day)
    join usage_unique_values u on u.organization_id = a.organization_id and u.livemode = a.livemode and u.metric = a.metric
      and u.day = d.day::date and u.value_sha256 = a.value_sha256
  )
  group by 1, 2, 3, 4;
end $$;
