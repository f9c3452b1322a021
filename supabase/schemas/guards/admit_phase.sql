-- All invoices of an organization are in one currency, so it cannot go over to a plan that costs money in another.
create function public.admit_phase() returns trigger language plpgsql set search_path = public as $$
declare
  v_billed text := (select a.currency from billing_accounts a where a.organization_id = new.organization_id);
  v_asked text;
begin
  select v.currency into v_asked from plan_versions v
  where v.id = new.plan_version_id and (
    v.price_minor > 0 or exists (select from plan_limits l where l.plan_version_id = v.id and l.price is not null)
  );
  if v_asked <> v_billed then
    raise exception 'plan: expected one in %, which the organization is billed in, received one in %', v_billed, v_asked using errcode = 'TG009';
  end if;
  return new;
end $$;
