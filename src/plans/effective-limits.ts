import { Decimal } from 'decimal.js';
import { type EffectiveLimit, type Entitlements, type MetricLimit, type PlanVersion } from './contracts';
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
  const { organizationId, period, spendCapMinor, next, nextGrantChange } = terms;
  const ends = [period.to, next?.startsAt, nextGrantChange].flatMap((end) => (end ? [end.getTime()] : []));
  return {
    organizationId,
    plan,
    period,
    limits: effectiveLimits(terms, plan, metrics),
    spendCapMinor,
    validUntil: new Date(Math.min(...ends)),
  };
}

function effectiveLimits(
  { overrides, granted }: Pick<SubscriptionTerms, 'overrides' | 'granted'>,
  plan: PlanVersion,
  metrics: ReadonlyMap<string, Metric>,
): Map<string, EffectiveLimit> {
  const limits = new Map<string, EffectiveLimit>();
  for (const { key, aggregation } of metrics.values()) {
    const override = overrides[key];
    const ofPlan = plan.limits.get(key) ?? (override === undefined ? undefined : hardLimit(key));
    if (!ofPlan) continue;
    const base = override === undefined ? ofPlan.included : override;
    const included = base === null ? null : sum(base, granted[key] ?? 0);
    limits.set(key, { ...ofPlan, included, limit: limitOf(ofPlan, included), aggregation });
  }
  return limits;
}

function limitOf({ enforcement, overageLimit }: MetricLimit, included: number | null): number | null {
  if (included === null || enforcement === 'hard') return included;
  return overageLimit === null ? null : sum(included, overageLimit);
}

/** Exact, for quantities with digits behind the point: 0.1 + 0.2 is 0.3. */
const sum = (a: number, b: number): number => Decimal.add(a, b).toNumber();
