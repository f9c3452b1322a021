-- Adds the sums of usage_batch to usage_rollups, and to usage_daily those of hours that are folded already; hands the sums on.
create function public.add_usage_batch_to_sums() returns public.usage_rollups[]
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_hours usage_rollups[] := array(select h from usage_batch_rollups() h);
  v_late usage_rollups[];
begin
  perform add_to_usage_rollups(v_hours);
  if exists (
    select from (select b.organization_id, min(b.occurred_at) as first_at from usage_batch b group by 1) b
    join usage_ledgers g using (organization_id) where b.first_at < g.folded_to
  ) then
    v_late := array(
      select h::usage_rollups from unnest(v_hours) h join usage_ledgers g on g.organization_id = h.organization_id where h.hour < g.folded_to
    );
    perform add_to_usage_daily(v_late);
  end if;
  return v_hours;
end $$;
