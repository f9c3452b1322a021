-- As before, but whoever waited for the lock looks into the catalogue itself: what to_regclass said a moment ago is remembered
-- by the session, so it would not see the partition that another session has just made.
create function public.ensure_usage_partition(p_month date) returns void
language plpgsql set search_path = public as $$
declare
  v_from date := date_trunc('month', p_month);
  v_name text := 'usage_events_' || to_char(v_from, 'YYYY_MM');
begin
  if to_regclass(v_name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('ensure_usage_partition', 0));
  if exists (select from pg_class where relname = v_name and relnamespace = 'public'::regnamespace) then return; end if;
  execute format('create table %I (like usage_events including defaults including constraints)', v_name);
  -- The identity of an event: organization, source and id (a source belongs to one organization).
  execute format('create unique index %I on %I (source_id, event_key)', v_name || '_identity', v_name);
  -- Events of one organization by when they happened: what exports, cut hours and the recount read.
  execute format('create index %I on %I (organization_id, occurred_at)', v_name || '_organization', v_name);
  execute format('create index %I on %I using brin (occurred_at timestamptz_minmax_multi_ops, stored_at) with (pages_per_range = 32, autosummarize = on)', v_name || '_time', v_name);
  execute format('alter table %I enable row level security', v_name);
  execute format('revoke all on %I from anon, authenticated', v_name);
  execute format('alter table usage_events attach partition %I for values from (%L) to (%L)',
    v_name, v_from::timestamp at time zone 'UTC', (v_from + interval '1 month')::timestamp at time zone 'UTC');
end $$;
