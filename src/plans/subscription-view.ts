import { fromMinor } from '@/kernel/money';
import { type Entitlements, type PlanVersion, type SubscriptionView } from './contracts';
import { type Metric } from './metric-catalogue';
import { limitViews, planView } from './plan-view';
import { type SubscriptionTerms } from './subscription-queries';

/** A subscription as its organization sees it. @param pendingPlan the plan that `terms.next` names. */
export function subscriptionView(
  terms: SubscriptionTerms,
  entitlements: Entitlements,
  pendingPlan: PlanVersion | null,
  metrics: ReadonlyMap<string, Metric>,
): SubscriptionView {
  const { plan, period, limits, spendCapMinor } = entitlements;
  return {
    organization_id: terms.organizationId,
    plan: planView(plan, metrics),
    period: { from: period.from.toISOString(), to: period.to.toISOString() },
    pending_change: terms.next && pendingPlan && pendingChange(terms.next, pendingPlan),
    spend_cap: spendCapMinor === null ? null : fromMinor(spendCapMinor, plan.currency),
    limits: limitViews(limits, metrics).map((limit) => ({
      ...limit,
      limit: limits.get(limit.metric)?.limit ?? null,
      overridden: limit.metric in terms.overrides,
      granted: terms.granted[limit.metric] ?? 0,
    })),
  };
}

const pendingChange = (next: NonNullable<SubscriptionTerms['next']>, plan: PlanVersion) => ({
  plan: plan.planKey,
  name: plan.planName,
  at: next.startsAt.toISOString(),
  reason: next.reason,
});
