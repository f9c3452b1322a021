/**
 * What is counted, what it costs, and what an organization may use of it. What the container makes:
 *
 *   metricCatalogue  createMetricCatalogue({ pool })
 *   planCatalogue    createPlanCatalogue({ pool })
 *   entitlements     createEntitlementReader({ pool, catalogue: planCatalogue })
 *   subscriptions    createSubscriptionService({ pool, catalogue: planCatalogue, clock, audit })
 */
export { createMetricCatalogue, type Metric, type MetricCatalogue } from './metric-catalogue';
export { createPlanCatalogue, type PlanCatalogue } from './plan-catalogue';
export { draftVersion } from './draft-version';
export { planView } from './plan-view';
export { cheapestPlan, hasFeature, offerOfFeature } from './cheapest-plan';
export { limitUnder } from './effective-limits';
export { createEntitlementReader, type EntitlementReader, readEntitlements } from './entitlement-reader';
export { createSubscriptionService, type SubscriptionService } from './subscription-service';
export { type SubscriptionActor, type SubscriptionAuditEntry } from './subscription-changes';
export { type PaidPlan } from './paid-plans';
export { suggestUpgrade } from './suggest-upgrade';
export { type Allowance, createPlanAllowances, heldLimitView, type PlanAllowances } from './plan-allowances';
