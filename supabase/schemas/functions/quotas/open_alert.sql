-- Leaves the alert of a rule that holds, and says whether it is a new one. What began to hold again before it was clear for the
-- rule's cooldown is the same alert: it is open again, and nobody is told a second time. What has an occurrence is told once,
-- whatever became of it. The caller holds the rule, for key share at least.
create function public.open_alert(
  p_rule uuid, p_org uuid, p_metric text, p_occurrence text, p_period_start timestamptz, p_period_end timestamptz,
  p_used numeric, p_included numeric, p_currency text, p_action text, p_at timestamptz
) returns boolean language plpgsql set search_path = public as $$
declare
  v_rule alert_rules;
  v_last usage_alerts;
begin
  select r.* into v_rule from alert_rules r where r.id = p_rule and r.enabled;
  if not found then return false; end if;
  -- Held, so that it is not resolved between the look at it and what follows.
  select a.* into v_last from usage_alerts a
  where a.rule_id = p_rule and a.organization_id is not distinct from p_org and a.metric is not distinct from p_metric
    and a.period_start is not distinct from p_period_start and a.occurrence = p_occurrence
  order by a.status <> 'resolved' desc, a.created_at desc, a.id desc limit 1 for update;
  if found and (v_last.status <> 'resolved' or p_occurrence <> '') then return false; end if;
  if found and v_last.settled_at is null and v_last.threshold is not distinct from v_rule.threshold
    and v_last.resolved_at > p_at - make_interval(secs => v_rule.cooldown_seconds) then
    update usage_alerts set resolved_at = null, resolved_by = null,
      status = case when acknowledged_at is not null then 'acknowledged' when sent_at is not null then 'sent' else 'pending' end
    where id = v_last.id;
    return false;
  end if;
  insert into usage_alerts (organization_id, rule_id, audience, kind, level, name, severity, threshold, metric, api_key_id, occurrence,
    period_start, period_end, used, included, currency, action, created_at)
  values (p_org, p_rule, case when v_rule.organization_id is null then 'installation' else 'organization' end, v_rule.kind, v_rule.level,
    v_rule.name, v_rule.severity, v_rule.threshold, p_metric, v_rule.api_key_id, p_occurrence,
    p_period_start, p_period_end, p_used, p_included, p_currency, p_action, p_at)
  on conflict do nothing;
  return found;
end $$;
