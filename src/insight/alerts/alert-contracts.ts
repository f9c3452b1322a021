import { z } from 'zod';
import { ROLES } from '@/accounts/contracts';
import { quantityView } from '@/metering/contracts';
import { ALERT_KINDS, ALERT_LEVELS, ALERT_SEVERITIES, type AlertKind } from '@/quotas/contracts';

/** Rules that an organization may have, its levels among them; the installation may have as many. */
export const MOST_RULES = 50;

const roles = z.enum(ROLES);
const channels = z
  .strictObject({
    mail_roles: z
      .array(roles)
      .max(ROLES.length)
      .refine((given) => new Set(given).size === given.length, 'expected each role once')
      .describe('Members of these roles are sent a mail.'),
    mail_addresses: z
      .array(z.email().max(254))
      .max(5)
      .refine(
        (given) => new Set(given.map((one) => one.toLowerCase())).size === given.length,
        'expected each address once',
      )
      .describe('Further addresses that are sent one.'),
    webhooks: z
      .union([z.enum(['subscribed', 'none']), z.array(z.uuid()).min(1).max(10)])
      .describe('Every endpoint that has subscribed to alerts, none, or these endpoints.'),
  })
  .describe('Who is told. With none of them an alert stands on its page only.');
export type AlertChannels = z.output<typeof channels>;

/** A few of which every alert can be described in one line. */
const name = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .regex(/^[^\p{Cc}]*$/u, 'expected one line without control characters');
const threshold = z
  .number()
  .positive()
  .max(1e15)
  .describe(
    'quota_share: per cent of what is included, at most 1,000. units: units in the billing period. rate: units in a UTC hour. ' +
      'money: minor units of the currency of the plan, for overage so far in the period. forecast: probability that the quota does not last, below 1. ' +
      'anomaly: risk, at most 100. error_rate: per cent of the calls of an hour, at most 100. integrity has none.',
  );
const severity = z.enum(ALERT_SEVERITIES);
const cooldown = z
  .int()
  .min(0)
  .max(604_800)
  .describe(
    'For so long a rule must have been clear before it is told anew; until then its last alert is opened again.',
  );

/** Kinds that can be added; overage is one of the levels, which are there. */
const ADDED_KINDS = ALERT_KINDS.filter((kind) => kind !== 'overage');

export const createAlertRuleInput = z
  .strictObject({
    kind: z.enum(ADDED_KINDS),
    name,
    metric: z
      .string()
      .min(1)
      .max(63)
      .nullable()
      .default(null)
      .describe('Key of the metric: units, rate and forecast need one.'),
    api_key_id: z.uuid().nullable().default(null).describe('Usage of this key only: units, rate and error_rate.'),
    threshold: threshold.nullable().default(null),
    severity: severity.default('warning'),
    channels: channels.default({ mail_roles: ['owner', 'admin'], mail_addresses: [], webhooks: 'subscribed' }),
    cooldown_seconds: cooldown.default(900),
    enabled: z.boolean().default(true),
  })
  .meta({ id: 'CreateAlertRuleInput' });
export type CreateAlertRuleInput = z.output<typeof createAlertRuleInput>;

export const updateAlertRuleInput = z
  .strictObject({
    name: name.optional(),
    threshold: threshold.optional(),
    severity: severity.optional(),
    channels: channels.optional(),
    cooldown_seconds: cooldown.optional(),
    enabled: z.boolean().optional(),
  })
  .meta({ id: 'UpdateAlertRuleInput' });
export type UpdateAlertRuleInput = z.output<typeof updateAlertRuleInput>;

export const alertRule = z
  .object({
    id: z.uuid(),
    kind: z.enum(ALERT_KINDS),
    level: z
      .enum(ALERT_LEVELS)
      .nullable()
      .describe('Of the levels that every organization has; they can be switched, not removed.'),
    name: z.string(),
    metric: z.string().nullable().describe('Null: every metric, or none where the kind knows none.'),
    api_key_id: z.uuid().nullable(),
    threshold: quantityView.nullable(),
    severity,
    channels,
    cooldown_seconds: z.int(),
    enabled: z.boolean(),
    created_at: z.string(),
    updated_at: z.string(),
  })
  .meta({ id: 'AlertRule' });
export type AlertRule = z.output<typeof alertRule>;

export const alertRuleList = z.object({ data: z.array(alertRule) }).meta({ id: 'AlertRuleList' });

/** What a kind of rule takes, and whose rule it can be. */
export const RULE_KINDS: Record<
  Exclude<AlertKind, 'overage'>,
  { metric: 'needed' | 'possible' | 'none'; most: number | null; ofKey: boolean; ofInstallation: boolean }
> = {
  quota_share: { metric: 'possible', most: 1_000, ofKey: false, ofInstallation: false },
  units: { metric: 'needed', most: 1e15, ofKey: true, ofInstallation: true },
  rate: { metric: 'needed', most: 1e15, ofKey: true, ofInstallation: true },
  money: { metric: 'none', most: 1e12, ofKey: false, ofInstallation: true },
  forecast: { metric: 'needed', most: 0.99, ofKey: false, ofInstallation: false },
  anomaly: { metric: 'possible', most: 100, ofKey: false, ofInstallation: true },
  error_rate: { metric: 'none', most: 100, ofKey: true, ofInstallation: true },
  integrity: { metric: 'none', most: null, ofKey: false, ofInstallation: true },
};
