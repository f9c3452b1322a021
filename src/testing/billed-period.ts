import { type Decimal } from 'decimal.js';
import { type PeriodInput } from '@/billing/period/price-period';
import { type PeriodPhase } from '@/billing/period/period-phases';
import { type Metric } from '@/plans';
import { type MetricLimit, type PlanVersion } from '@/plans/contracts';
import { type PriceModel } from '@/rating/contracts';

/** Two metrics that add up, two gauges and one that cannot be billed. */
export const METRICS: ReadonlyMap<string, Metric> = new Map(
  (
    [
      ['api_calls', 'API calls', 'call', 'sum'],
      ['exports', 'Exports', 'operation', 'count'],
      ['members', 'Members', 'member', 'max'],
      ['storage_gb', 'Storage', 'GB', 'last'],
      ['visitors', 'Visitors', 'visitor', 'unique'],
    ] as const
  ).map(([key, name, unit, aggregation]) => [key, { key, name, unit, aggregation }]),
);

export const perUnit = (unitPrice: string): PriceModel => ({ model: 'per_unit', unit_price: unitPrice });

type LimitFields = Partial<Omit<MetricLimit, 'metric'>>;

/** A plan version; of a limit only what matters is said, and nothing is included unless it is. */
export function planVersion(
  name: string,
  priceMinor: number,
  limits: Record<string, LimitFields> = {},
  fields: Partial<PlanVersion> = {},
): PlanVersion {
  const key = name.toLowerCase();
  return {
    id: `version-of-${key}`,
    planKey: key,
    planName: name,
    rank: 1,
    version: 1,
    priceMinor,
    currency: 'USD',
    requestsPerMinute: 100,
    features: {},
    limits: new Map(
      Object.entries(limits).map(([metric, limit]) => [
        metric,
        { metric, included: 0, enforcement: 'overage', overageLimit: null, price: null, onOutage: 'allow', ...limit },
      ]),
    ),
    ...fields,
  };
}

interface PhaseFields {
  plan: PlanVersion;
  /** `YYYY-MM-DD` or an instant; the period's start if not said. */
  from?: string;
  fee?: PeriodPhase['fee'];
  /** Units by metric; with what is included in place of the plan's, where that is said too. */
  usage?: Record<string, Decimal.Value | { quantity: Decimal.Value; included: Decimal.Value | null }>;
}

/** A period of an organization. Each phase ends where the next begins. @param from, to `YYYY-MM-DD`, half-open. */
export function billedPeriod(from: string, to: string, phases: readonly PhaseFields[]): PeriodInput {
  const starts = phases.map((phase) => new Date(phase.from ?? from));
  return {
    period: { from: new Date(from), to: new Date(to) },
    currency: null,
    metrics: METRICS,
    phases: phases.map(({ plan, fee = 'due', usage = {} }, place) => ({
      startsAt: starts[place]!,
      endsAt: starts[place + 1] ?? new Date(to),
      plan,
      fee,
      usage: new Map(
        Object.entries(usage).map(([metric, used]) => [
          metric,
          typeof used === 'object' && 'included' in used
            ? used
            : { quantity: used, included: plan.limits.get(metric)?.included ?? null },
        ]),
      ),
    })),
  };
}
