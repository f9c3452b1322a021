import { fromMinor } from '@/kernel/money';
import { type MetricLimit, type PlanVersion, type PlanView } from './contracts';
import { type Metric } from './metric-catalogue';

type Metrics = ReadonlyMap<string, Metric>;

/** A plan as callers see it; its limits in the order of the catalogue of metrics. */
export const planView = (plan: PlanVersion, metrics: Metrics): PlanView => ({
  key: plan.planKey,
  name: plan.planName,
  rank: plan.rank,
  version: plan.version,
  price: fromMinor(plan.priceMinor, plan.currency),
  currency: plan.currency,
  requests_per_minute: plan.requestsPerMinute,
  features: plan.features,
  limits: limitViews(plan.limits, metrics),
});

/** Limits beside the metrics they belong to. */
export const limitViews = (limits: ReadonlyMap<string, MetricLimit>, metrics: Metrics): PlanView['limits'] =>
  [...metrics.values()].flatMap(({ key, name, unit, aggregation }) => {
    const limit = limits.get(key);
    if (!limit) return [];
    const { included, enforcement, overageLimit, price } = limit;
    return [{ metric: key, name, unit, aggregation, included, enforcement, overage_limit: overageLimit, price }];
  });
