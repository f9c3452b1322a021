/** The policy of quotas, without I/O: which rule a metric follows, what a call costs by it, and how a denial reads. */
import { type Quantity } from '@/metering/contracts';
import { limitUnder } from '@/plans';
import { type EffectiveLimit, type Entitlements, type PlanVersion } from '@/plans/contracts';
import { AppError } from '@/kernel/errors';
import { addQuantities, compareQuantities, type ExactQuantity } from '@/kernel/quantity';
import { type QuotaDenial } from '../contracts';

/**
 * How a metric is limited for an organization and mode. `leased`: units are borrowed before they are used. `gauge`: the
 * value that would be reached is compared. `capped`: overage costs money of which only so much may be spent.
 */
export type QuotaRule =
  | { kind: 'unbounded' }
  | { kind: 'gauge'; limit: EffectiveLimit; most: number; capped: boolean }
  | { kind: 'leased'; limit: EffectiveLimit; most: number; capped: boolean };

const UNBOUNDED: QuotaRule = { kind: 'unbounded' };

export function ruleOf(limit: EffectiveLimit, spendCapMinor: number | null): QuotaRule {
  const { aggregation, enforcement, included } = limit;
  if (aggregation === 'unique' || included === null) return UNBOUNDED;
  const capped = enforcement === 'overage' && spendCapMinor !== null;
  const most = limit.limit ?? Infinity;
  if (most === Infinity && !capped) return UNBOUNDED;
  const kind = aggregation === 'last' || aggregation === 'max' ? 'gauge' : 'leased';
  return { kind, limit, most, capped };
}

/**
 * Units that one call takes of a limited metric; of a gauge, the value it would reach.
 * @throws AppError `invalid_request` for what is no finite number >= 0.
 */
export function unitsOf(limit: EffectiveLimit, cost: Quantity): number {
  if (typeof cost !== 'number' || !(cost >= 0) || cost === Infinity) {
    throw new AppError('invalid_request', `The cost in ${limit.metric} must be a finite number, 0 or more.`);
  }
  return limit.aggregation === 'count' ? 1 : cost;
}

/** Units that may be used without being lent, per pool and outage, where a metric's policy is to allow. */
export const outageAllowance = (unitsOfLastLease: number): number => Math.max(1_000, 10 * unitsOfLastLease);

/**
 * Key of the lowest plan above the present one that would allow the organization more of a metric, its override and grants
 * counted on both; null when there is none.
 */
export function upgradeFor(
  plans: readonly PlanVersion[],
  { plan: present, adjustments }: Pick<Entitlements, 'plan' | 'adjustments'>,
  metric: string,
  livemode: boolean,
): string | null {
  const allows = (plan: PlanVersion) => limitUnder(plan, metric, adjustments, livemode)?.limit ?? Infinity;
  const most = allows(present);
  const higher = plans.filter((plan) => plan.rank > present.rank && allows(plan) > most);
  return (
    higher.reduce<PlanVersion | null>((best, plan) => (best && best.rank < plan.rank ? best : plan), null)?.planKey ??
    null
  );
}

/** What is known of a counter when units are refused; null for what is not. */
export interface CounterTerms {
  used: ExactQuantity | null;
  /** Lent and reserved units that are not used yet: they may be, or come back. */
  leased: ExactQuantity | null;
  limitUnits: ExactQuantity | null;
  /** In how many ms what is lacking may have come back at the earliest; null is not in this period. */
  fitsInMs: number | null;
}

/** How a denial reads to its caller. */
export function denialOf(given: {
  reason: QuotaDenial['limit'];
  metric: string;
  rule: QuotaRule;
  cost: number;
  livemode: boolean;
  terms: CounterTerms;
  entitlements: Entitlements;
  plans: readonly PlanVersion[];
}): QuotaDenial {
  const { reason, metric, rule, cost, livemode, terms, entitlements, plans } = given;
  const { plan, period } = entitlements;
  const most = terms.limitUnits ?? (rule.kind === 'unbounded' ? Infinity : rule.most);
  // A new period brings nothing where nothing is included, nor to a call that is larger than a whole period's quota.
  const never = reason === 'quota' && (rule.kind === 'gauge' || compareQuantities(cost, most) > 0);
  return {
    limit: reason,
    metric,
    used: terms.used,
    leased: terms.leased,
    limitUnits: most === Infinity ? null : most,
    cost,
    resetAtMs: period.to.getTime(),
    fitsInMs: compareQuantities(addQuantities(cost, terms.used ?? 0), most) > 0 ? null : terms.fitsInMs,
    planKey: plan.planKey,
    upgradeTo: reason === 'quota' ? upgradeFor(plans, entitlements, metric, livemode) : null,
    paymentOnly: never,
  };
}
