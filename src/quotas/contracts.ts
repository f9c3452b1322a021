import { z } from 'zod';
import { type ExactQuantity } from '@/kernel/quantity';
import { type LeasedUnits, type Quantity, quantityView } from '@/metering/contracts';

/** What a call would use: metric key to quantity. */
export type Costs = Readonly<Record<string, Quantity>>;

/** Whose quota a call uses. */
export interface QuotaCaller {
  organizationId: string;
  /** False for test keys, whose usage is counted and limited apart. */
  livemode: boolean;
}

export type QuotaDecision =
  | {
      allowed: true;
      /** To be recorded with the event, or given back. */
      leases: readonly LeasedUnits[];
      /** Units left of the tightest bounded metric, as far as known; null when none is bounded. */
      remaining: number | null;
    }
  | { allowed: false; denial: QuotaDenial };

/** Why a call may not be made. */
export interface QuotaDenial {
  /** `unavailable`: the database cannot be asked, and the metric's policy is to deny then. */
  limit: 'quota' | 'spend_cap' | 'unavailable';
  metric: string;
  /** Null when not known. */
  used: ExactQuantity | null;
  /** Lent and reserved, not used yet; null when not known. */
  leased: ExactQuantity | null;
  limitUnits: ExactQuantity | null;
  cost: number;
  /** Unix time in ms at which the period ends; null when not known. */
  resetAtMs: number | null;
  /**
   * In how many ms the call may fit at the earliest, because lent or reserved units come back; null: not before the period
   * ends.
   */
  fitsInMs: number | null;
  planKey: string;
  /** Key of the next plan whose limit is larger. */
  upgradeTo: string | null;
  /** Waiting does not help: nothing is included, the call is larger than a period's quota, or a gauge stands too high. */
  paymentOnly: boolean;
}

const QUOTA_LEVELS = ['calm', 'warning', 'high', 'critical', 'over'] as const;

/**
 * How near a quota is to its end: `warning` from 80 % of what is included, `high` from 90 %, `critical` from 100 %, `over` in
 * overage or above.
 */
export type QuotaLevel = (typeof QUOTA_LEVELS)[number];

/** Where a quota is heading. */
export interface QuotaProjection {
  /** At the end of the period, at most where use ends; 95 of 100 such periods end between lo and hi. */
  total: { mean: number; lo: number; hi: number };
  /** The UTC day on which the included units are used up, `2026-03-21`; null where they last. */
  runsOutOn: string | null;
  /** That they do not last; null where nothing is limited. */
  probability: number | null;
}

const quotaView = z
  .object({
    metric: z.string(),
    name: z.string(),
    unit: z.string(),
    aggregation: z.enum(['sum', 'count', 'max', 'last', 'unique']),
    enforcement: z.enum(['hard', 'overage']).nullable().describe('null: counted, but not limited by the plan'),
    used: quantityView,
    leased: quantityView.describe('lent to running processes and reservations, not used yet'),
    included: z.number().nullable().describe('with overrides and grants; null is unlimited'),
    limit: z.number().nullable().describe('where calls are denied; null is nowhere'),
    remaining: quantityView.nullable().describe('limit − used − leased, at least 0'),
    overage: quantityView.describe('used above what is included'),
    percentage: z.number().nullable().describe('used ÷ included × 100; null when unlimited'),
    projected: z
      .number()
      .nullable()
      .describe(
        'use at the end of the period as forecast, at most the limit; null without a forecast: for test keys, where fewer than seven whole days are known, and of metrics that are not limited or do not add up',
      ),
    runs_out_on: z.iso.date().nullable().describe('the day on which the included units are used up as forecast'),
    runs_out_probability: z.number().min(0).max(1).nullable().describe('that they do not last until the period ends'),
    level: z.enum(QUOTA_LEVELS),
    resets_at: z.string(),
  })
  .meta({ id: 'Quota' });
export type QuotaView = z.output<typeof quotaView>;

export const quotaList = z
  .object({
    plan: z.object({ key: z.string(), name: z.string() }),
    livemode: z.boolean(),
    period: z.object({ from: z.string(), to: z.string() }),
    data: z.array(quotaView),
  })
  .meta({ id: 'QuotaList' });
export type QuotaList = z.output<typeof quotaList>;

export const ALERT_LEVELS = ['80', '90', '100', 'overage'] as const;
const ALERT_STATUSES = ['pending', 'sent', 'acknowledged', 'resolved'] as const;
export const ALERT_SEVERITIES = ['info', 'warning', 'critical'] as const;
/** What a rule watches. On quotas: a share of what is included, and overage; those hold with the call that reaches them. */
export const ALERT_KINDS = [
  'quota_share',
  'overage',
  'units',
  'rate',
  'money',
  'forecast',
  'anomaly',
  'error_rate',
  'integrity',
] as const;
export type AlertKind = (typeof ALERT_KINDS)[number];
const ALERT_ACTIONS = ['none', 'throttled', 'blocked', 'charged'] as const;

export const alertView = z
  .object({
    id: z.uuid(),
    organization_id: z.uuid().nullable().describe('Whose usage it is about; null is the whole installation.'),
    organization_name: z.string().nullable(),
    rule_id: z.uuid().nullable().describe('Null once the rule was removed.'),
    kind: z.enum(ALERT_KINDS),
    level: z.enum(ALERT_LEVELS).nullable().describe('Of the levels that every organization has; null for other rules.'),
    name: z.string().describe('Of the rule, as it was then.'),
    severity: z.enum(ALERT_SEVERITIES),
    threshold: quantityView.nullable().describe('Of the rule, as it was then.'),
    metric: z.string().nullable(),
    api_key_id: z.string().nullable().describe('The key whose usage is meant; null is all usage.'),
    status: z.enum(ALERT_STATUSES),
    used: quantityView.describe('When the rule began to hold: units, or what the threshold of its kind is in.'),
    included: z.number().nullable().describe('Units of the quota then; null where it is about none.'),
    currency: z.string().nullable().describe('Of money; used and threshold are in its minor units.'),
    action: z.enum(ALERT_ACTIONS).describe('What was done when it was raised.'),
    period_start: z.string().nullable().describe('Of the period it is about; null where that is none.'),
    period_end: z.string().nullable(),
    created_at: z.string(),
    sent_at: z.string().nullable().describe('When the channels of its rule were told.'),
    acknowledged_at: z.string().nullable(),
    acknowledged_by: z.string().nullable(),
    resolved_at: z.string().nullable(),
    resolved_by: z.string().nullable().describe('Null where the rule ceased to hold.'),
  })
  .meta({ id: 'UsageAlert' });
export type AlertView = z.output<typeof alertView>;

export const alertList = z
  .object({ data: z.array(alertView), next_cursor: z.string().nullable() })
  .meta({ id: 'UsageAlertList' });

export const alertListQuery = z.strictObject({
  status: z
    .enum([...ALERT_STATUSES, 'open'])
    .optional()
    .describe('open: pending or sent, so nobody has seen to it.'),
  severity: z.enum(ALERT_SEVERITIES).optional(),
  kind: z.enum(ALERT_KINDS).optional(),
  metric: z.string().min(1).max(63).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
  cursor: z.string().min(1).max(200).optional(),
});
export type AlertListQuery = z.output<typeof alertListQuery>;

const units = z.number().positive().max(1e15);

const RESERVATION_STATUSES = ['open', 'committed', 'released', 'expired'] as const;

export const reservationView = z
  .object({
    id: z.uuid(),
    metric: z.string(),
    units: z.number().describe('set aside'),
    committed: z.number().nullable().describe('what was used in the end; null until then'),
    status: z.enum(RESERVATION_STATUSES),
    created_at: z.string(),
    expires_at: z.string(),
  })
  .meta({ id: 'Reservation' });
export type ReservationView = z.output<typeof reservationView>;

export const createReservationInput = z
  .strictObject({
    metric: z.string().min(1).max(63),
    units,
    ttl_seconds: z.int().min(1).max(86_400).default(300).describe('after which the units come back by themselves'),
  })
  .meta({ id: 'CreateReservationInput' });
export const commitReservationInput = z
  .strictObject({ units: z.number().min(0).max(1e15).describe('really used; may be less or more than was set aside') })
  .meta({ id: 'CommitReservationInput' });

export const quotaCheck = z
  .object({
    allowed: z.boolean(),
    metric: z.string(),
    required_quantity: z.number(),
    used: quantityView.nullable(),
    limit: quantityView.nullable(),
    remaining: quantityView.nullable(),
    reset_at: z.string().nullable(),
    reason: z.enum(['quota', 'spend_cap', 'unavailable']).nullable().describe('null when allowed'),
    upgrade_to: z.string().nullable(),
  })
  .meta({ id: 'QuotaCheck' });
export type QuotaCheck = z.output<typeof quotaCheck>;
