import { type Pool } from 'pg';
import { type AlertRules } from '@/insight';
import { createAlertRuleInput } from '@/insight/contracts';

const HOUR_MS = 3_600_000;

/** Beside the levels: one of most kinds. What is measured is true of the demo's usage within a minute of its start. */
const RULES = [
  { kind: 'units', name: 'Ten thousand calls', metric: 'api_calls', threshold: 10_000, severity: 'info' },
  { kind: 'rate', name: 'Production key is busy', metric: 'api_calls', threshold: 5_000, ofLiveKey: true },
  { kind: 'money', name: 'Overage budget', threshold: 50_000, severity: 'critical', cooldown_seconds: 3_600 },
  { kind: 'forecast', name: 'Tokens will not last', metric: 'ai_tokens', threshold: 0.8 },
  { kind: 'error_rate', name: 'Calls fail', threshold: 20, severity: 'critical' },
  { kind: 'anomaly', name: 'Unusual usage', threshold: 50 },
] as const;

interface DemoAlerts {
  pool: Pool;
  alertRules: Pick<AlertRules, 'list' | 'create'>;
}

/** Rules of one organization, and an alert in each state of its life that lasts. Once, however often it is called. */
export async function seedDemoAlerts(
  { pool, alertRules }: DemoAlerts,
  { organizationId, liveKeyId, userId, now }: { organizationId: string; liveKeyId: string; userId: string; now: Date },
): Promise<void> {
  const ids = new Map((await alertRules.list(organizationId)).map(({ name, id }) => [name, id]));
  for (const rule of RULES) {
    if (ids.has(rule.name)) continue;
    const { ofLiveKey, ...input } = { ofLiveKey: false, ...rule };
    const parsed = createAlertRuleInput.parse({ ...input, api_key_id: ofLiveKey ? liveKeyId : null });
    ids.set(rule.name, (await alertRules.create(organizationId, userId, parsed)).id);
  }
  const ago = (hours: number) => new Date(now.getTime() - hours * HOUR_MS);
  await leave(pool, ids.get('Production key is busy')!, { used: 6_240, at: ago(27), resolvedAt: ago(25) });
  const unusual = ids.get('Unusual usage')!;
  await leave(pool, unusual, {
    occurrence: 'demo 1',
    metric: 'api_calls',
    used: 62,
    at: ago(50),
    seen: [userId, ago(48)],
  });
  await leave(pool, unusual, { occurrence: 'demo 2', metric: 'ai_tokens', used: 58, at: ago(5) });
}

interface Left {
  used: number;
  at: Date;
  metric?: string;
  occurrence?: string;
  /** Who acknowledged it, and when. */
  seen?: [string, Date];
  resolvedAt?: Date;
}

/** An alert of a rule that was sent a minute after it was raised, if the rule has none such. */
async function leave(pool: Pool, ruleId: string, { used, at, metric, occurrence = '', seen, resolvedAt }: Left) {
  await pool.query(
    `insert into usage_alerts (organization_id, rule_id, kind, name, severity, threshold, metric, api_key_id, occurrence, used, status,
       created_at, sent_at, acknowledged_by, acknowledged_at, resolved_at, settled_at)
     select organization_id, id, kind, name, severity, threshold, coalesce($2, metric), api_key_id, $3, $4::numeric,
       case when $8::timestamptz is not null then 'resolved' when $7::timestamptz is not null then 'acknowledged' else 'sent' end,
       $5::timestamptz, $5::timestamptz + interval '1 minute', $6::uuid, $7, $8, $8
     from alert_rules r
     where id = $1 and not exists (select from usage_alerts a where a.rule_id = r.id and a.occurrence = $3)`,
    [ruleId, metric ?? null, occurrence, used, at, seen?.[0] ?? null, seen?.[1] ?? null, resolvedAt ?? null],
  );
}
