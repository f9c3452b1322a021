-- Whether usage has reached what a rule on a quota names: a share of what is included, in per cent, or more than all of it where
-- that is charged. Without a quota that is finite and more than 0 no rule holds.
create function public.quota_rule_holds(p_kind text, p_threshold numeric, p_used numeric, p_included numeric, p_enforcement text) returns boolean
language sql immutable parallel safe as $$
  select coalesce(p_included > 0 and case p_kind
    when 'overage' then p_enforcement = 'overage' and p_used > p_included
    else p_used >= p_included * p_threshold * 0.01
  end, false);
$$;
