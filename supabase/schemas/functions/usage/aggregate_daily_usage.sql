-- Counts a day (UTC) of some organizations again from their raw events, and says which sums, distinct values and quota counters
-- differ. Recording keeps them right by itself, so this must find nothing; it is the nightly proof. Without p_mend it takes no
-- lock, and the caller sees to it that all is read as of one instant (repeatable read). With p_mend it takes the ledgers, so that
-- nothing is recorded between the counting and the replacing, and replaces what differs.
-- A day of which retention has removed events or hours is left as it is. Gauges are no sum of their period,
-- so their counters are not compared.
create function public.aggregate_daily_usage(p_day date, p_orgs uuid[], p_mend boolean)
returns table (organization_id uuid, sums text, livemode boolean, metric text, bucket timestamptz, route text, events_before bigint, events_after bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_from timestamptz := p_day::timestamp at time zone 'UTC';
  v_to timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_metrics text[] := array(select key from metrics);
  v_orgs uuid[];
  v_hours usage_rollups[];
  v_days usage_daily[];
begin
  if p_mend then
    perform from (select from usage_ledgers g where g.organization_id = any (p_orgs) order by g.organization_id for update) taken;
  end if;
  v_orgs := array(select g.organization_id from usage_ledgers g where g.organization_id = any (p_orgs) and g.raw_from <= v_from and g.hours_from <= v_from);
  perform prepare_usage_batch();
  insert into usage_batch select 0, e.* from usage_events e
  where e.organization_id = any (v_orgs) and e.occurred_at >= v_from and e.occurred_at < v_to;
  v_hours := array(select r from usage_batch_rollups() r);
  v_days := array(select d from sum_rollups_by_day(array(
    select h::usage_rollups from unnest(v_hours) h join usage_ledgers g on g.organization_id = h.organization_id where h.hour < g.folded_to
  )) d);

  return query
    select organization_id, 'hour', livemode, metric, hour, route, t.events, v.events
    from unnest(v_hours) v
    full join (
      select * from usage_rollups r
      where r.organization_id = any (v_orgs) and r.livemode = any ('{true,false}') and r.metric = any (v_metrics) and r.hour >= v_from and r.hour < v_to
    ) t using (organization_id, livemode, metric, hour, api_key_id, route)
    where row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us, t.measured)
        is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us, v.measured)
        or t.breakdown is distinct from v.breakdown and compact_breakdown(t.breakdown) is distinct from compact_breakdown(v.breakdown);
  if found and p_mend then
    delete from usage_rollups r where r.organization_id = any (v_orgs) and r.hour >= v_from and r.hour < v_to;
    insert into usage_rollups select * from unnest(v_hours);
  end if;

  return query
    select organization_id, 'day', livemode, metric, v_from, route, t.events, v.events
    from unnest(v_days) v
    full join (
      select * from usage_daily r
      where r.organization_id = any (v_orgs) and r.livemode = any ('{true,false}') and r.metric = any (v_metrics) and r.day = p_day
    ) t using (organization_id, livemode, metric, day, api_key_id, route)
    where row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us, t.measured)
        is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us, v.measured)
        or t.breakdown is distinct from v.breakdown and compact_breakdown(t.breakdown) is distinct from compact_breakdown(v.breakdown);
  if found and p_mend then
    delete from usage_daily r where r.organization_id = any (v_orgs) and r.day = p_day;
    insert into usage_daily select * from unnest(v_days);
  end if;

  return query select d.organization_id, 'distinct', d.livemode, d.metric, v_from, null::text, d.kept, d.counted from recount_unique_values(v_orgs, p_day, p_mend) d;
  return query select d.organization_id, 'counter', d.livemode, d.metric, d.period_start, null::text, d.events_before, d.events_after from recount_quota_counters(v_orgs, v_from, p_mend) d;
end $$;
