import { Decimal } from 'decimal.js';
import { rateQuantity } from '@/rating';
import { type Adjustments, type Entitlements, type MetricLimit, type PlanVersion } from './contracts';
import { limitUnder } from './effective-limits';

export interface PlanSuggestion {
  plan: PlanVersion;
  /** To a plan of higher rank it is an upgrade; where less would do for less money, a downgrade. */
  direction: 'upgrade' | 'downgrade';
  /** The plan's price and the overage of this usage, in minor units of the plan's currency. */
  costMinor: number;
  /** The same under the present plan; null where the usage does not fit it. */
  presentCostMinor: number | null;
}

interface SuggestUpgrade {
  /** Metric -> quantity of a whole period, present or projected. */
  usage: ReadonlyMap<string, number>;
  plans: readonly PlanVersion[];
  /** The version the organization is on, which need not be the newest, and what holds for it on every plan. */
  present: Pick<Entitlements, 'plan' | 'adjustments'>;
}

/**
 * The cheapest plan that a period's usage fits, its overage counted in; null if that is the present one, or if there is
 * none. Of equally cheap plans the present one, then the one of lower rank. Plans in another currency are not compared.
 * Overrides and grants are counted on every plan, as they would hold on it.
 */
export function suggestUpgrade({
  usage,
  plans,
  present: { plan: present, adjustments },
}: SuggestUpgrade): PlanSuggestion | null {
  const presentCostMinor = costOf(present, adjustments, usage);
  const others = plans
    .filter(({ planKey, currency }) => planKey !== present.planKey && currency === present.currency)
    .sort((a, b) => a.rank - b.rank);
  let best: { plan: PlanVersion; costMinor: number } | null = null;
  for (const plan of others) {
    const costMinor = costOf(plan, adjustments, usage);
    if (costMinor === null || costMinor >= (best?.costMinor ?? presentCostMinor ?? Infinity)) continue;
    best = { plan, costMinor };
  }
  if (!best) return null;
  return { ...best, direction: best.plan.rank > present.rank ? 'upgrade' : 'downgrade', presentCostMinor };
}

/**
 * What a period of this usage costs under a plan, in minor units, each metric rounded once; null if it does not fit. Metrics
 * without usage count too: a flat amount or a minimum is charged all the same.
 */
function costOf(plan: PlanVersion, adjustments: Adjustments, usage: ReadonlyMap<string, number>): number | null {
  let costMinor = plan.priceMinor;
  for (const metric of new Set([...plan.limits.keys(), ...usage.keys()])) {
    const limit = limitUnder(plan, metric, adjustments, true);
    if (!limit) continue;
    const quantity = usage.get(metric) ?? 0;
    if (!fits(limit, quantity)) return null;
    costMinor += rateQuantity({ ...limit, currency: plan.currency }, new Decimal(quantity)).minor;
  }
  return costMinor;
}

function fits({ included, enforcement, overageLimit }: MetricLimit, quantity: number): boolean {
  if (included === null || quantity <= included) return true;
  return enforcement === 'overage' && Decimal.sub(quantity, included).lte(overageLimit ?? Infinity);
}
