import { Decimal } from 'decimal.js';
import { type z } from 'zod';
import { AppError, type FieldIssue } from '@/kernel/errors';
import { newPlanVersion, type PriceModel } from './contracts';
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
    const found = [...metricIssues(limit, metrics), ...termsIssues(limit), ...priceIssues(limit.price)];
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

function priceIssues(price: PriceModel | null): FieldIssue[] {
  if (price?.model === 'package' && new Decimal(price.package_size).isZero()) {
    return [{ field: 'price.package_size', message: 'expected more than 0' }];
  }
  if (price?.model !== 'graduated' && price?.model !== 'volume') return [];
  return price.tiers.flatMap(({ up_to }, place) => {
    const field = `price.tiers.${place}.up_to`;
    const isLast = place === price.tiers.length - 1;
    if (isLast)
      return up_to === null ? [] : [{ field, message: `the last tier has no end: expected null, received ${up_to}` }];
    if (up_to === null) return [{ field, message: 'only the last tier has no end: expected a number, received null' }];
    const before = price.tiers[place - 1]?.up_to ?? '0';
    return new Decimal(up_to).gt(before) ? [] : [{ field, message: `expected more than ${before}, received ${up_to}` }];
  });
}
