create function public.admit_plan_limit() returns trigger language plpgsql set search_path = public as $$
begin
  if not exists (select from plan_versions where id = new.plan_version_id and published_at = now()) then
    raise exception 'limits are added by the transaction that adds their plan version' using errcode = 'TG002';
  end if;
  -- How many distinct values a call would add is not known before it is recorded.
  if exists (select from metrics where key = new.metric and aggregation = 'unique') then
    raise exception 'a metric that counts distinct values cannot be limited' using errcode = 'TG003';
  end if;
  return new;
end $$;
