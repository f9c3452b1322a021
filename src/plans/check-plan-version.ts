import { type z } from 'zod';
import { AppError, type FieldIssue } from '@/kernel/errors';
import { priceIssues } from '@/rating';
import { newPlanVersion } from './contracts';
import { type Metric } from './metric-catalogue';
import { type PlanVersionFields } from './plan-version-store';

type Limit = z.output<typeof newPlanVersion>['limits'][number];

/**
 * A plan version that can be published, from what an admin wrote.
 * @throws AppError invalid_request with one issue per wrong field.
 */
export function checkPlanVersion(input: unknown, metrics: ReadonlyMap<string, Metric>): PlanVersionFields {
  const parsed = newPlanVersion.safeParse(input);
  if (!parsed.success) {
    throw refusal(parsed.error.issues.map(({ path, message }) => ({ field: path.join('.') || 'body', message })));
  }
  const { data } = parsed;
  const seen = new Set<string>();
  const issues = data.limits.flatMap((limit, place) => {
    const found = [...metricIssues(limit, metrics), ...termsIssues(limit), ...issuesOfPrice(limit)];
    if (seen.has(limit.metric)) found.push({ field: 'metric', message: `${limit.metric} is limited twice` });
    seen.add(limit.metric);
    return found.map(({ field, message }) => ({ field: `limits.${place}.${field}`, message }));
  });
  if (issues.length > 0) throw refusal(issues);
  return {
    planKey: data.plan_key,
    priceMinor: data.price_minor,
    currency: data.currency,
    requestsPerMinute: data.requests_per_minute,
    features: data.features,
    stripeMeters: data.stripe_meters,
    limits: data.limits.map((limit) => ({
      metric: limit.metric,
      included: limit.included,
      enforcement: limit.enforcement,
      overageLimit: limit.overage_limit,
      price: limit.price,
      onOutage: limit.on_outage ?? (limit.enforcement === 'hard' && limit.included !== null ? 'deny' : 'allow'),
    })),
  };
}

const refusal = (issues: FieldIssue[]) =>
  new AppError('invalid_request', issues.map(({ field, message }) => `${field}: ${message}`).join('; '), { issues });

function metricIssues({ metric }: Limit, metrics: ReadonlyMap<string, Metric>): FieldIssue[] {
  const known = metrics.get(metric);
  if (!known) return [{ field: 'metric', message: `there is no metric ${metric}` }];
  if (known.aggregation !== 'unique') return [];
  // Whether a value is new is known only once it is recorded, so no call could be refused in time.
  return [{ field: 'metric', message: `${metric} counts distinct values, which cannot be limited` }];
}

function termsIssues({ enforcement, included, price, overage_limit }: Limit): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (enforcement === 'hard') {
    if (price) issues.push({ field: 'price', message: 'a hard limit has no overage, and so no price' });
    if (overage_limit !== null) issues.push({ field: 'overage_limit', message: 'a hard limit has no overage' });
  } else {
    if (!price) issues.push({ field: 'price', message: 'expected a price for overage, received nothing' });
    if (included === null)
      issues.push({ field: 'included', message: 'what is unlimited has no overage; make it hard' });
  }
  return issues;
}

const issuesOfPrice = ({ price }: Limit): FieldIssue[] =>
  price ? priceIssues(price).map(({ field, message }) => ({ field: `price.${field}`, message })) : [];
