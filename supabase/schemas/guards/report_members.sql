-- Reports how many members an organization has to its own usage, in the transaction that changes them, so that the gauge
-- `members` says what is true whoever came or went by whichever way.
create function public.report_members() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- In this order by whoever needs several; counted under the lock, so that two who come at once are both counted.
  perform from (
    select from usage_ledgers g where g.organization_id in (select c.organization_id from changed_members c) order by g.organization_id for update
  ) taken;
  if not found then return null; end if;
  perform ensure_usage_partition(now()::date);
  perform prepare_usage_batch();
  insert into usage_sources (organization_id, livemode, kind, name)
  select distinct g.organization_id, true, 'own', 'members' from changed_members c join usage_ledgers g using (organization_id)
  where not exists (select from usage_sources s where s.organization_id = g.organization_id and s.livemode and s.kind = 'own' and s.name = 'members')
  order by 1 on conflict do nothing;
  insert into usage_batch ("position", occurred_at, organization_id, event_key, source_id, livemode, quantities)
  select (row_number() over (order by s.organization_id))::integer, date_trunc('milliseconds', clock_timestamp()), s.organization_id, gen_random_uuid(), s.id, true,
    jsonb_build_object('members', (select count(*) from organization_members m where m.organization_id = s.organization_id))
  from usage_sources s
  where s.livemode and s.kind = 'own' and s.name = 'members' and s.organization_id in (select c.organization_id from changed_members c);
  -- The ids are new, so nothing is known of them.
  perform record_usage_batch('infinity', 0);
  return null;
end $$;
