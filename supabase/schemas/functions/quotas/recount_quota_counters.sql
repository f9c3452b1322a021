-- Says which quota counters of the periods that hold p_at differ from the sums; with p_mend, under the ledgers of these
-- organizations, it sets them right.
create function public.recount_quota_counters(p_orgs uuid[], p_at timestamptz, p_mend boolean)
returns table (organization_id uuid, livemode boolean, metric text, period_start timestamptz, events_before bigint, events_after bigint)
language plpgsql set search_path = public as $$
#variable_conflict use_column
declare
  v_wrong record;
begin
  for v_wrong in select * from quota_counter_differences(p_orgs, p_at) d order by d.organization_id, d.livemode, d.metric, d.period_start loop
    if p_mend then
      insert into quota_counters (organization_id, livemode, metric, period_start, used, highest, events)
      values (v_wrong.organization_id, v_wrong.livemode, v_wrong.metric, v_wrong.period_start, v_wrong.used, v_wrong.used, v_wrong.events)
      on conflict (organization_id, livemode, metric, period_start) do update set
        used = excluded.used, highest = excluded.highest, events = excluded.events, alert_at = null;
      if v_wrong.livemode then perform set_grant_draws(v_wrong.organization_id, v_wrong.metric, v_wrong.period_start); end if;
    end if;
    return query select v_wrong.organization_id, v_wrong.livemode, v_wrong.metric, v_wrong.period_start, v_wrong.events_before, v_wrong.events;
  end loop;
end $$;
