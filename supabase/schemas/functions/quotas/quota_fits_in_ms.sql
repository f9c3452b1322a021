-- In how many ms so many units may have come back at the earliest; null if not even all that is lent, but p_except, would do.
-- A reservation comes back when it expires, unless it is committed or released before. What is called for comes within a
-- second. What was handed out comes when its event is recorded or its call taken back, which is not known: it is looked for
-- after a second and, the longer it has not come, the less often; when its time is over for certain.
create function public.quota_fits_in_ms(p_org uuid, p_livemode boolean, p_metric text, p_period_start timestamptz, p_lacking numeric, p_except uuid default null)
returns bigint
language sql stable set search_path = public as $$
  select case when min(b.at) is not null then greatest(0, ceil(extract(epoch from min(b.at) - clock_timestamp()) * 1000)) end::bigint
  from (
    select e.at, sum(e.units) over (order by e.at, e.id) as back
    from (
      select l.id, l.outstanding as units, case
        when l.kind = 'reservation' then l.reclaim_at
        when not l.dry then clock_timestamp() + interval '1 second'
        else least(l.reclaim_at, clock_timestamp() + least(greatest(clock_timestamp() - l.lent_at, interval '1 second'), interval '1 minute'))
      end as at
      from quota_leases l
      where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.period_start = p_period_start and l.state = 'open'
        and l.id is distinct from p_except
    ) e
  ) b
  where b.back >= p_lacking;
$$;
