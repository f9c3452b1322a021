-- Every organization has the levels from its first instant. They are rules like any other, but that they stay.
create function public.open_alert_rules() returns trigger language plpgsql security definer set search_path = public as $$
begin
  insert into alert_rules (organization_id, kind, level, name, threshold, severity)
  values
    (new.id, 'quota_share', '80', '80 % of a quota', 80, 'warning'),
    (new.id, 'quota_share', '90', '90 % of a quota', 90, 'warning'),
    (new.id, 'quota_share', '100', 'A quota is used up', 100, 'critical'),
    (new.id, 'overage', 'overage', 'Overage begins', null, 'critical');
  return null;
end $$;
