-- Removes at most p_limit sums per hour of an organization, as many distinct values and as many reports of gauges, of days
-- before p_day (UTC); gives back how many. The sums per day stay, and of each gauge the last report, which may hold still;
-- what is not among the sums per day yet is not removed.
create function public.remove_old_usage_sums(p_org uuid, p_day date, p_limit integer) returns integer
language plpgsql set search_path = public set jit = off as $$
declare
  v_before timestamptz := (
    select least(p_day::timestamp at time zone 'UTC', date_trunc('day', g.folded_to, 'UTC')) from usage_ledgers g where g.organization_id = p_org
  );
  v_hours integer;
  v_values integer;
  v_levels integer;
begin
  delete from usage_rollups where ctid = any (array(
    select r.ctid from usage_rollups r where r.organization_id = p_org and r.hour < v_before limit p_limit
  ));
  get diagnostics v_hours = row_count;
  delete from usage_unique_values where ctid = any (array(
    select u.ctid from usage_unique_values u where u.organization_id = p_org and u.day < (v_before at time zone 'UTC')::date limit p_limit
  ));
  get diagnostics v_values = row_count;
  delete from usage_levels where ctid = any (array(
    select l.ctid from usage_levels l
    where l.organization_id = p_org and l.at < v_before and exists (
      select from usage_levels n
      where n.organization_id = p_org and n.livemode = l.livemode and n.metric = l.metric and n.at > l.at and n.at <= v_before
    )
    limit p_limit
  ));
  get diagnostics v_levels = row_count;
  if v_hours + v_values + v_levels > 0 then
    update usage_ledgers set hours_from = greatest(hours_from, v_before) where organization_id = p_org;
  end if;
  return v_hours + v_values + v_levels;
end $$;
