-- Adds the sums of an organization's hours before p_to to usage_daily, at most those of a week; says whether that was all. What is
-- recorded into a folded hour later is added to both (add_usage_batch_to_sums).
create function public.fold_usage(p_org uuid, p_to timestamptz) returns boolean
language plpgsql set search_path = public, pg_temp set jit = off as $$
declare
  v_ledger usage_ledgers;
  v_to timestamptz;
  v_metrics text[] := array(select key from metrics);
  v_day timestamptz;
  v_done boolean;
begin
  p_to := date_trunc('hour', p_to, 'UTC');
  select * into v_ledger from usage_ledgers g where g.organization_id = p_org for update;
  if not found or coalesce(v_ledger.unfolded_from >= p_to, true) then return true; end if;
  v_to := least(p_to, date_trunc('day', v_ledger.unfolded_from, 'UTC') + interval '7 days');
  v_day := date_trunc('day', v_ledger.unfolded_from, 'UTC');
  while v_day < v_to loop
    perform add_to_usage_daily(array(
      select r from usage_rollups r
      where r.organization_id = p_org and r.livemode = any ('{true,false}') and r.metric = any (v_metrics)
        and r.hour >= greatest(v_day, v_ledger.folded_to) and r.hour < least(v_day + interval '1 day', v_to)
    ));
    v_day := v_day + interval '1 day';
  end loop;
  update usage_ledgers g set folded_to = v_to, unfolded_from = (
    select min(r.hour) from (values (true), (false)) l (livemode) cross join metrics m
    cross join lateral (
      select r.hour from usage_rollups r
      where r.organization_id = p_org and r.livemode = l.livemode and r.metric = m.key and r.hour >= v_to
      order by r.hour limit 1
    ) r
  )
  where g.organization_id = p_org
  returning coalesce(g.unfolded_from >= p_to, true) into v_done;
  return v_done;
end $$;
