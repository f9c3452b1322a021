import { Decimal } from 'decimal.js';
import {
  type AdjustedLimit,
  type Adjustments,
  type EffectiveLimit,
  type Entitlements,
  type MetricLimit,
  type PlanVersion,
} from './contracts';
import { type Metric } from './metric-catalogue';
import { type SubscriptionTerms } from './subscription-queries';

/** What a metric is limited by where only an override says so. */
const hardLimit = (metric: string): MetricLimit => ({
  metric,
  included: null,
  enforcement: 'hard',
  overageLimit: null,
  price: null,
  onOutage: 'deny',
});

/** What an organization may use, from its terms and the plan version that they name. */
export function entitlementsOf(
  terms: SubscriptionTerms,
  plan: PlanVersion,
  metrics: ReadonlyMap<string, Metric>,
): Entitlements {
  const { organizationId, period, spendCapMinor, next, nextGrantChange, overrides, granted } = terms;
  const adjustments = { overrides, granted };
  const ends = [period.to, next?.startsAt, nextGrantChange].flatMap((end) => (end ? [end.getTime()] : []));
  return {
    organizationId,
    plan,
    period,
    limits: limitsOf(plan, adjustments, metrics, true),
    testLimits: limitsOf(plan, adjustments, metrics, false),
    adjustments,
    spendCapMinor,
    validUntil: new Date(Math.min(...ends)),
  };
}

function limitsOf(
  plan: PlanVersion,
  adjustments: Adjustments,
  metrics: ReadonlyMap<string, Metric>,
  livemode: boolean,
): Map<string, EffectiveLimit> {
  const limits = new Map<string, EffectiveLimit>();
  for (const { key, aggregation } of metrics.values()) {
    const limit = limitUnder(plan, key, adjustments, livemode);
    if (limit) limits.set(key, { ...limit, aggregation });
  }
  return limits;
}

/**
 * What a plan would limit a metric to for an organization; undefined: it would not. Usage of test keys is never billed, so it
 * ends where what is included ends, and grants are not spent on it. (quota_terms, by which units are lent, says the same.)
 */
export function limitUnder(
  plan: PlanVersion,
  metric: string,
  { overrides, granted }: Adjustments,
  livemode: boolean,
): AdjustedLimit | undefined {
  const override = overrides[metric];
  const ofPlan = plan.limits.get(metric) ?? (override === undefined ? undefined : hardLimit(metric));
  if (!ofPlan) return undefined;
  const base = override === undefined ? ofPlan.included : override;
  if (!livemode) {
    return { ...ofPlan, included: base, limit: base, enforcement: 'hard', overageLimit: null, price: null };
  }
  const included = base === null ? null : sum(base, granted[metric] ?? 0);
  return { ...ofPlan, included, limit: limitOf(ofPlan, included) };
}

function limitOf({ enforcement, overageLimit }: MetricLimit, included: number | null): number | null {
  if (included === null || enforcement === 'hard') return included;
  return overageLimit === null ? null : sum(included, overageLimit);
}

/** Exact, for quantities with digits behind the point: 0.1 + 0.2 is 0.3. */
const sum = (a: number, b: number): number => Decimal.add(a, b).toNumber();
