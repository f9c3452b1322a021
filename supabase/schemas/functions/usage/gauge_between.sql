-- What a gauge came to in [p_from, p_to): the level at its end, which lives on until it is reported again, and the highest,
-- to which the level counts that it began with. Null where nothing was reported by then.
create function public.gauge_between(p_org uuid, p_livemode boolean, p_metric text, p_from timestamptz, p_to timestamptz)
returns table (level numeric, highest numeric)
language sql stable set search_path = public as $$
  select
    (
      select l.level from usage_levels l
      where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at < p_to
      order by l.at desc limit 1
    ),
    greatest(
      (
        select max(l.highest) from usage_levels l
        where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at >= p_from and l.at < p_to
      ),
      (
        select c.level from (
          select l.at, l.level from usage_levels l
          where l.organization_id = p_org and l.livemode = p_livemode and l.metric = p_metric and l.at <= p_from
          order by l.at desc limit 1
        ) c where c.at < p_from
      )
    );
$$;
