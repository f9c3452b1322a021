-- The UTC midnight from which an organization's raw events are kept at p_at: as its plan sells it (retention_days), but never
-- of a period that still runs, was not closed or is not billed, never what an invoice rests on that is a draft or was issued
-- within p_dispute_days, and never late events that the next invoice needs. Null where the plan names no end. Usage from before
-- the first period that is billed is held by none of this.
create function public.usage_kept_from(p_org uuid, p_at timestamptz, p_dispute_days integer) returns timestamptz
language sql stable set search_path = public as $$
  select date_trunc('day', least(
    p_at - make_interval(days => (v.features ->> 'retention_days')::integer),
    p.period_start,
    (select min(c.period_start) from quota_counters c where c.organization_id = p_org and c.closed_at is null),
    a.billed_through,
    (
      select min(l.from_at) from invoices i join invoice_lines l on l.invoice_id = i.id
      where i.organization_id = p_org and l.metric is not null
        and coalesce(i.finalized_at > p_at - make_interval(days => p_dispute_days), true)
    ),
    (
      select min(l.occurred_at) from late_usage_events l
      where l.organization_id = p_org and l.livemode and l.stored_at > a.revised_through and l.period_start >= (s.anchor::timestamp at time zone 'UTC')
    )
  ), 'UTC')
  from subscriptions s
  join billing_accounts a using (organization_id)
  cross join lateral billing_period(s.anchor, p_at) p
  cross join lateral (
    select f.plan_version_id from subscription_phases f
    where f.organization_id = s.organization_id and f.starts_at <= p_at
    order by f.starts_at desc limit 1
  ) f
  join plan_versions v on v.id = f.plan_version_id
  where s.organization_id = p_org and jsonb_typeof(v.features -> 'retention_days') = 'number';
$$;
