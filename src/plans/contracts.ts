import { z } from 'zod';
import { isCurrency } from '@/kernel/currencies';
import { type PriceModel, priceModel } from '@/rating/contracts';

const AGGREGATIONS = ['sum', 'count', 'max', 'last', 'unique'] as const;
const aggregation = z.enum(AGGREGATIONS).describe('How the quantities of a period become one number.');
type Aggregation = z.output<typeof aggregation>;

/** A plan, metric or feature, by the name that programs use. */
const key = z.string().regex(/^[a-z][a-z0-9_]{0,62}$/, 'expected lower-case letters, digits and underscores');
const units = z.number().min(0).max(Number.MAX_SAFE_INTEGER);
const money = z.string().describe('Major units of the currency, e.g. "49.00".');

const enforcement = z.enum(['hard', 'overage']).describe('Beyond what is included: refused, or charged.');
const onOutage = z.enum(['allow', 'deny']).describe('What calls meet while the quota cannot be asked.');
export const planFeatures = z.record(key, z.union([z.boolean(), units]));

/** What a plan says about one metric. `included` null is unlimited. */
export interface MetricLimit {
  metric: string;
  included: number | null;
  enforcement: 'hard' | 'overage';
  /** Units beyond the included ones, after which overage stops too; null is no end. */
  overageLimit: number | null;
  price: PriceModel | null;
  onOutage: 'allow' | 'deny';
}

/** A plan as it was published. It never changes; a later version may differ. */
export interface PlanVersion {
  id: string;
  planKey: string;
  planName: string;
  /** Moving to a higher rank is an upgrade. */
  rank: number;
  version: number;
  priceMinor: number;
  currency: string;
  requestsPerMinute: number;
  features: Record<string, boolean | number>;
  /** By metric. A metric that is not here is not limited. */
  limits: ReadonlyMap<string, MetricLimit>;
}

/** What somebody is told whose plan lacks a feature. */
export interface FeatureOffer {
  /** Name of the present plan. */
  planName: string;
  /** Name of the cheapest plan that has the feature; null if none has. */
  availableFrom: string | null;
}

/** How many of something an organization may hold, as pages show it. */
export interface HeldLimit {
  /** Null is no end. */
  limit: number | null;
  held: number;
  /** What is said once no more can be added, with the plan that allows more. */
  reason: string;
}

/** What admins gave or set for an organization. It holds on every plan. */
export interface Adjustments {
  /** Metric -> units in place of what a plan includes; null is unlimited. */
  overrides: Readonly<Record<string, number | null>>;
  /** Metric -> units of grants that count in the period. */
  granted: Readonly<Record<string, number>>;
}

/** What a plan limits a metric to for one organization, with its override and grants counted in `included`. */
export interface AdjustedLimit extends MetricLimit {
  /** Where use ends, in units of the metric; null is nowhere. A spend cap is not counted in. */
  limit: number | null;
}
export interface EffectiveLimit extends AdjustedLimit {
  aggregation: Aggregation;
}

/** What an organization may use at an instant. */
export interface Entitlements {
  organizationId: string;
  plan: PlanVersion;
  period: { from: Date; to: Date };
  /** By metric. A metric that is not here is not limited. */
  limits: ReadonlyMap<string, EffectiveLimit>;
  /** The same for usage of test keys. */
  testLimits: ReadonlyMap<string, EffectiveLimit>;
  adjustments: Adjustments;
  /** What overage may cost in the period, in minor units of the plan's currency; null is no cap. */
  spendCapMinor: number | null;
  /** The first instant at which something else holds without anybody's doing: a new phase, a grant's end, a new period. */
  validUntil: Date;
}

const metricLimit = {
  metric: key,
  name: z.string(),
  unit: z.string(),
  aggregation,
  included: units.nullable().describe('Units of a period that the price of the plan covers; null is unlimited.'),
  enforcement,
  overage_limit: units.nullable().describe('Units of overage after which it stops; null is no end.'),
  price: priceModel.nullable().describe('What a unit of overage costs.'),
};

export const planView = z
  .object({
    key,
    name: z.string(),
    rank: z.int().describe('Moving to a higher rank is an upgrade.'),
    version: z.int(),
    price: money.describe('Per period of one month, in major units of the currency, e.g. "49.00".'),
    currency: z.string(),
    requests_per_minute: z.int(),
    features: planFeatures,
    limits: z.array(z.object(metricLimit)).describe('Metrics that are not listed are not limited.'),
  })
  .meta({ id: 'Plan' });
export type PlanView = z.output<typeof planView>;
export const planList = z.object({ data: z.array(planView) }).meta({ id: 'PlanList' });

const subscriptionLimit = z.object({
  ...metricLimit,
  included: units
    .nullable()
    .describe('Units of this period that cost nothing more, grants counted in; null is unlimited.'),
  limit: units.nullable().describe('Where use ends; null is nowhere. The spend cap may end it earlier.'),
  overridden: z.boolean().describe('Whether an agreement takes the place of what the plan includes.'),
  granted: units.describe('Units of grants that count in this period.'),
});

export const subscriptionView = z
  .object({
    organization_id: z.uuid(),
    plan: planView,
    period: z.object({ from: z.iso.datetime(), to: z.iso.datetime() }).describe('Half-open, in UTC.'),
    pending_change: z
      .object({ plan: key, name: z.string(), at: z.iso.datetime(), reason: z.string() })
      .nullable()
      .describe('What happens by itself at the end of the period.'),
    spend_cap: money.nullable().describe('What overage may cost in a period, e.g. "100.00"; null is no cap.'),
    limits: z.array(subscriptionLimit),
  })
  .meta({ id: 'Subscription' });
export type SubscriptionView = z.output<typeof subscriptionView>;

/** One change at a time: two could not be refused one by one. */
export const changeSubscriptionInput = z
  .strictObject({
    plan: key.optional().describe('An upgrade happens at once, a downgrade at the end of the period.'),
    cancel_at_period_end: z
      .boolean()
      .optional()
      .describe('true: free from the next period on. false: no change is pending any more.'),
    spend_cap: z
      .string()
      .regex(/^\d{1,9}(\.\d{1,2})?$/, 'expected an amount as a string, e.g. "100.00"')
      .nullable()
      .optional()
      .describe('What overage may cost in a period; null is no cap.'),
  })
  .refine((input) => Object.values(input).filter((value) => value !== undefined).length === 1, {
    message: 'expected one of plan, cancel_at_period_end and spend_cap',
  })
  .meta({ id: 'ChangeSubscriptionInput' });
export type ChangeSubscriptionInput = z.output<typeof changeSubscriptionInput>;

const reason = z.string().trim().min(1).max(500).describe('Why; it stands in the audit log.');

export const grantInput = z
  .strictObject({
    metric: key,
    units: units.gt(0),
    reason,
    expires_at: z.iso
      .datetime({ offset: true })
      .nullable()
      .default(null)
      .describe('When what is left of it ends; null is never.'),
  })
  .meta({ id: 'QuotaGrantInput' });
export type GrantInput = z.output<typeof grantInput>;

export const grantView = z
  .object({
    id: z.uuid(),
    metric: key,
    units,
    units_drawn: units.describe('Units that periods have used of it.'),
    reason: z.string(),
    granted_by: z.string(),
    granted_at: z.iso.datetime(),
    expires_at: z.iso.datetime().nullable(),
    revoked_at: z.iso.datetime().nullable(),
  })
  .meta({ id: 'QuotaGrant' });
export type GrantView = z.output<typeof grantView>;

export const overrideInput = z
  .strictObject({
    metric: key,
    included: units.nullable().describe('In place of what the plan includes; null is unlimited.'),
    reason,
  })
  .meta({ id: 'QuotaOverrideInput' });
export type OverrideInput = z.output<typeof overrideInput>;

/** A new version of a plan, as an admin writes it. Who is on an older version stays there. */
export const newPlanVersion = z.strictObject({
  plan_key: key,
  price_minor: z.int().min(0),
  currency: z.string().refine(isCurrency, {
    error: ({ input }) => `expected an ISO 4217 code that can be charged, e.g. USD, received ${String(input)}`,
  }),
  requests_per_minute: z.int().min(1).max(2_147_483_647),
  features: planFeatures,
  stripe_meters: z
    .boolean()
    .default(false)
    .describe('Whether Stripe is sent what is used by the hour, for its own pages. It charges nothing by it.'),
  limits: z
    .array(
      z.strictObject({
        metric: key,
        included: units.nullable(),
        enforcement,
        overage_limit: units.gt(0).nullable().default(null),
        price: priceModel.nullable().default(null),
        on_outage: onOutage.optional().describe('deny for what is enforced hard, else allow, if not said.'),
      }),
    )
    .max(200),
});
export type NewPlanVersion = z.input<typeof newPlanVersion>;
