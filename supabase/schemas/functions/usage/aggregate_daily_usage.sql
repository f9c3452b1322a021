-- Counts a day (UTC) again from its raw events, replaces every sum that differs, and says which did. Recording keeps the
-- sums right by itself, so this must find nothing; it is the nightly proof. One organization at a time, each under its
-- ledger, so that nothing is recorded between the counting and the replacing.
create function public.aggregate_daily_usage(p_day date)
returns table (organization_id uuid, sums text, livemode boolean, metric text, bucket timestamptz, route text, events_before bigint, events_after bigint)
language plpgsql set search_path = public, pg_temp set jit = off as $$
#variable_conflict use_column
declare
  v_from timestamptz := p_day::timestamp at time zone 'UTC';
  v_to timestamptz := (p_day + 1)::timestamp at time zone 'UTC';
  v_organization_id uuid;
  v_hours usage_rollups[];
  v_days usage_daily[];
begin
  for v_organization_id in select g.organization_id from usage_ledgers g order by 1 loop
    perform from usage_ledgers g where g.organization_id = v_organization_id and g.raw_from <= v_from and g.hours_from <= v_from for update;
    -- Retention has removed events of that day: its sums are all there is.
    continue when not found;
    perform prepare_usage_batch();
    insert into usage_batch select 0, e.* from usage_events e
    where e.organization_id = v_organization_id and e.occurred_at >= v_from and e.occurred_at < v_to;
    v_hours := array(select r from usage_batch_rollups() r);
    v_days := array(select d from sum_rollups_by_day(v_hours) d);

    return query
      select v_organization_id, 'hour', livemode, metric, hour, route, t.events, v.events
      from unnest(v_hours) v
      full join (select * from usage_rollups r where r.organization_id = v_organization_id and r.hour >= v_from and r.hour < v_to) t
        using (organization_id, livemode, metric, hour, api_key_id, route)
      where t.breakdown is distinct from v.breakdown
        or row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us)
          is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us)
      union all
      select v_organization_id, 'day', livemode, metric, v_from, route, t.events, v.events
      from unnest(v_days) v
      full join (select * from usage_daily r where r.organization_id = v_organization_id and r.day = p_day) t
        using (organization_id, livemode, metric, day, api_key_id, route)
      where t.breakdown is distinct from v.breakdown
        or row(t.events, t.quantity_sum, t.quantity_max, t.quantity_last, t.last_at, t.client_errors, t.server_errors, t.request_bytes, t.response_bytes, t.duration_us)
          is distinct from row(v.events, v.quantity_sum, v.quantity_max, v.quantity_last, v.last_at, v.client_errors, v.server_errors, v.request_bytes, v.response_bytes, v.duration_us);
    if found then
      delete from usage_rollups r where r.organization_id = v_organization_id and r.hour >= v_from and r.hour < v_to;
      insert into usage_rollups select * from unnest(v_hours);
      delete from usage_daily r where r.organization_id = v_organization_id and r.day = p_day;
      insert into usage_daily select * from unnest(v_days);
    end if;
  end loop;
end $$;
