import { Decimal } from 'decimal.js';
import { compareQuantities, exactQuantity, type ExactQuantity, subtractQuantities } from '@/kernel/quantity';
import { type Metric } from '@/plans';
import { type EffectiveLimit, type Entitlements } from '@/plans/contracts';
import { type QuotaLevel, type QuotaList, type QuotaProjection, type QuotaView } from './contracts';
import { type QuotaCounter } from './store/quota-store';

interface QuotaState {
  entitlements: Entitlements;
  counters: readonly QuotaCounter[];
  metrics: ReadonlyMap<string, Metric>;
  livemode: boolean;
  /** By metric, where there is ground for one. */
  projections: ReadonlyMap<string, QuotaProjection>;
}

/** Exact: 0.9 is none in binary. */
const shareOf = (units: number, share: number): ExactQuantity => exactQuantity(Decimal.mul(units, share));
const atLeastNone = (units: ExactQuantity): ExactQuantity => (compareQuantities(units, 0) > 0 ? units : 0);

/** The quotas of a period as people and programs read them, in the order of the catalogue of metrics. */
export function quotaListOf({ entitlements, counters, metrics, livemode, projections }: QuotaState): QuotaList {
  const { plan, period } = entitlements;
  const limits = livemode ? entitlements.limits : entitlements.testLimits;
  const counterOf = new Map(counters.map((counter) => [counter.metric, counter]));
  return {
    plan: { key: plan.planKey, name: plan.planName },
    livemode,
    period: { from: period.from.toISOString(), to: period.to.toISOString() },
    data: [...metrics.values()].map((metric) =>
      viewOf(metric, limits.get(metric.key), counterOf.get(metric.key), projections.get(metric.key), period),
    ),
  };
}

function viewOf(
  { key, name, unit, aggregation }: Metric,
  limit: EffectiveLimit | undefined,
  counter: QuotaCounter | undefined,
  projection: QuotaProjection | undefined,
  period: Entitlements['period'],
): QuotaView {
  const { used, leased } = counter ?? { used: 0, leased: 0 };
  const included = limit?.included ?? null;
  const end = limit?.limit ?? null;
  return {
    metric: key,
    name,
    unit,
    aggregation,
    enforcement: limit?.enforcement ?? null,
    used,
    leased,
    included,
    limit: end,
    remaining: end === null ? null : atLeastNone(subtractQuantities(subtractQuantities(end, used), leased)),
    overage: included === null ? 0 : atLeastNone(subtractQuantities(used, included)),
    percentage: included === null || included === 0 ? null : (Number(used) / included) * 100,
    // What is foretold has no more digits than a double.
    projected: projection?.total.mean ?? null,
    runs_out_on: projection?.runsOutOn ?? null,
    runs_out_probability: projection?.probability ?? null,
    level: levelOf(used, included),
    resets_at: period.to.toISOString(),
  };
}

export function levelOf(used: ExactQuantity, included: number | null): QuotaLevel {
  if (included === null || used === 0) return 'calm';
  const beyond = compareQuantities(used, included);
  if (beyond > 0) return 'over';
  if (beyond === 0) return 'critical';
  if (compareQuantities(used, shareOf(included, 0.9)) >= 0) return 'high';
  return compareQuantities(used, shareOf(included, 0.8)) >= 0 ? 'warning' : 'calm';
}
