-- Every organization has a subscription from its first instant, on the newest version of the free plan.
create function public.open_subscription() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into subscriptions (organization_id, anchor, created_at)
  values (new.id, (new.created_at at time zone 'UTC')::date, new.created_at);
  insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
  select new.id, '-infinity', id, 'sign_up' from plan_versions where plan_key = 'free' order by version desc limit 1;
  return null;
end $$;
