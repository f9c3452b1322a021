import { alertHeadline, type AlertChannels, type AlertRule } from '@/insight/contracts';
import { fromMinor } from '@/kernel/money';
import { type AlertKind, type AlertView } from '@/quotas/contracts';
import { type Tone } from '@/ui/badge';
import { formatExact } from '@/ui/format-number';
import { formatMoney } from '@/ui/format-money';
import { pluralUnit } from '@/ui/plural-unit';

/** What pages call metrics and keys. */
export interface AlertNames {
  metrics: readonly { key: string; name: string; unit: string; addsUp: boolean }[];
  /** Live keys in force. */
  keys: readonly { id: string; name: string }[];
  /** Of the plan; what rules on money are in. */
  currency: string;
}

export const SEVERITY_TONES = { info: 'accent', warning: 'warn', critical: 'bad' } as const satisfies Record<
  AlertView['severity'],
  Tone
>;

export const KIND_WORDS: Record<AlertKind, string> = {
  quota_share: 'Share of a quota',
  overage: 'Overage',
  units: 'Units in the period',
  rate: 'Units in an hour',
  money: 'Money spent',
  forecast: 'A quota will not last',
  anomaly: 'Unusual usage',
  error_rate: 'Failing calls',
  integrity: 'Integrity',
};

export const ACTION_WORDS: Record<AlertView['action'], string | null> = {
  none: null,
  throttled: 'slowed down',
  blocked: 'calls refused',
  charged: 'charged',
};

const metricOf = (names: AlertNames, key: string | null) => names.metrics.find((metric) => metric.key === key);
const keyName = (names: AlertNames, id: string): string =>
  names.keys.find((key) => key.id === id)?.name ?? 'a revoked key';

export const headlineOf = (alert: AlertView, names: AlertNames): string =>
  alertHeadline({
    kind: alert.kind,
    metricName: metricOf(names, alert.metric)?.name ?? alert.metric,
    unit: metricOf(names, alert.metric)?.unit ?? null,
    apiKey: alert.api_key_id === null ? null : keyName(names, alert.api_key_id),
    used: String(alert.used),
    included: alert.included === null ? null : String(alert.included),
    currency: alert.currency,
    action: alert.action,
  });

/** When a rule holds: `from 80 % of any quota`. */
export function ruleWords(rule: AlertRule, names: AlertNames): string {
  const { kind, threshold } = rule;
  const metric = metricOf(names, rule.metric);
  const amount = threshold === null ? '' : formatExact(threshold);
  const units = metric ? `${amount} ${pluralUnit(metric.unit, threshold ?? 0)}` : amount;
  const by = rule.api_key_id === null ? '' : ` by the key ${keyName(names, rule.api_key_id)}`;
  switch (kind) {
    case 'quota_share':
      return `From ${amount} % of ${metric ? `the quota of ${metric.name}` : 'any quota'}`;
    case 'overage':
      return 'When units beyond the included ones are charged';
    case 'units':
      return `${metric?.name ?? rule.metric}: from ${units} in a period${by}`;
    case 'rate':
      return `${metric?.name ?? rule.metric}: from ${units} in one hour${by}`;
    case 'money':
      return `From ${formatMoney(fromMinor(Number(threshold), names.currency), names.currency)} of overage in a period`;
    case 'forecast':
      return `When the quota of ${metric?.name ?? rule.metric} will not last, ${formatExact(Math.round(Number(threshold) * 100))} % likely`;
    case 'anomaly':
      return `When usage${metric ? ` of ${metric.name}` : ''} is unusual, from a risk of ${amount} of 100`;
    case 'error_rate':
      return `When ${amount} % of the calls of an hour fail${by}`;
    case 'integrity':
      return 'When recorded usage does not agree, or cannot be recorded';
  }
}

const ROLE_WORDS = { owner: 'owners', admin: 'admins', member: 'members' } as const;

/** Who is told. @param ofInstallation platform admins always are */
export function channelWords({ mail_roles, mail_addresses, webhooks }: AlertChannels, ofInstallation: boolean): string {
  const mailed = ofInstallation ? ['platform admins'] : mail_roles.map((role) => ROLE_WORDS[role]);
  const told = [...mailed, ...mail_addresses];
  const parts = [
    told.length > 0 && `mail to ${told.join(', ')}`,
    !ofInstallation && webhooks === 'subscribed' && 'subscribed webhooks',
    !ofInstallation &&
      typeof webhooks === 'object' &&
      `${webhooks.length} ${webhooks.length === 1 ? 'webhook' : 'webhooks'}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'This page only' : parts.join('; ').replace(/^./, (first) => first.toUpperCase());
}
