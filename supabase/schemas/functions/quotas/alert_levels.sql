-- The levels that usage has reached. The included quantity must be finite and more than 0.
create function public.alert_levels(p_used numeric, p_included numeric, p_enforcement text) returns setof text
language sql immutable parallel safe as $$
  select l.level from (values ('80', 0.8), ('90', 0.9), ('100', 1.0)) l (level, share) where p_included > 0 and p_used >= p_included * l.share
  union all
  select 'overage' where p_included > 0 and p_enforcement = 'overage' and p_used > p_included;
$$;
