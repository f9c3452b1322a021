-- Every organization has a subscription from its first instant, on the newest version of the free plan, and an account that is
-- billed for the period of that instant first.
create function public.open_subscription() returns trigger language plpgsql security definer set search_path = public as $$
declare
  v_anchor date := (new.created_at at time zone 'UTC')::date;
  v_prefix text;
begin
  insert into subscriptions (organization_id, anchor, created_at) values (new.id, v_anchor, new.created_at);
  insert into subscription_phases (organization_id, starts_at, plan_version_id, reason)
  select new.id, '-infinity', id, 'sign_up' from plan_versions where plan_key = 'free' order by version desc limit 1;
  loop
    v_prefix := upper(substr(md5(gen_random_uuid()::text), 1, 8));
    exit when not exists (select from billing_accounts where number_prefix = v_prefix);
  end loop;
  insert into billing_accounts (organization_id, billed_through, next_due_at, number_prefix)
  select new.id, p.period_start, p.period_end, v_prefix from billing_period(v_anchor, v_anchor::timestamp at time zone 'UTC') p;
  return null;
end $$;
