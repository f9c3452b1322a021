import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { toMinor } from '@/kernel/money';
import { type Metric } from '@/plans';
import { type MetricLimit } from '@/plans/contracts';
import { Exact, type RatedPart, rateQuantity } from '@/rating';
import { describeUsage } from './describe-line';
import { type LinePart, type UsageLine } from './line-draft';
import { amountOf, amountPart, partsBetween, shareOf } from './line-parts';
import { type ChargedPhase } from './period-phases';

const ZERO = new Exact(0);

interface UsageInput {
  phase: ChargedPhase;
  metric: Metric;
  /** What the phase's plan says of the metric. */
  limit: MetricLimit;
  /** Units of it that earlier phases of the period used. */
  quantityBefore: Decimal;
  periodStart: Date;
  currency: string;
}

/**
 * What a metric's use in a phase costs. With cost(q) what rateQuantity says of q units under the phase's plan, and share =
 * days of the phase ÷ days of the period (0 of what is charged without usage, in a trial):
 *
 *   sum, count  cost(0) × share + max(0, cost(before + quantity) − cost(before))
 *   max, last   cost(level) × share; in a trial max(0, cost(level) − cost(0)) × share
 *
 * The units of a whole period under one plan cost cost(quantity). E.g. 100 included and 0.02 each from there, 80 units used
 * before: 50 units cost cost(130) − cost(80) = 30 × 0.02 = 0.60.
 * @throws AppError invalid_request that names the plan and the metric, for what cannot be rated.
 */
export function priceUsage(input: UsageInput): UsageLine {
  const { phase, metric, limit, periodStart, currency } = input;
  const { plan, days, ofDays } = phase;
  const use = phase.usage.get(metric.key);
  const isGauge = metric.aggregation === 'max' || metric.aggregation === 'last';
  const quantity = new Exact(use?.quantity ?? 0);
  const quantityBefore = isGauge ? ZERO : input.quantityBefore;
  const included = use ? use.included : limit.included;
  const terms = { price: limit.price, included, overageLimit: limit.overageLimit, currency };

  return named(`plan ${plan.planKey} version ${plan.version}, metric ${metric.key}`, () => {
    const rate = (units: Decimal): RatedPart[] => rateQuantity(terms, units).parts;
    const parts = isGauge ? gaugeParts(phase, rate, quantity) : usedParts(phase, rate, quantityBefore, quantity);
    const exact = amountOf(parts);
    const line = {
      kind: 'usage' as const,
      from: phase.startsAt,
      to: phase.endsAt,
      periodStart,
      planVersionId: plan.id,
      metric: metric.key,
      unit: metric.unit,
      quantity,
      quantityBefore,
      included: included === null ? null : new Exact(included),
      overageLimit: limit.overageLimit,
      price: limit.price,
      days,
      ofDays,
      parts,
      exact,
      amountMinor: toMinor(exact, currency),
    };
    return { ...line, description: describeUsage(line, metric, plan.planName) };
  });
}

type Rate = (units: Decimal) => RatedPart[];

function usedParts(phase: ChargedPhase, rate: Rate, before: Decimal, quantity: Decimal): LinePart[] {
  const { days, ofDays, fee } = phase;
  const after = rate(before.plus(quantity));
  if (before.isZero() && days === ofDays && fee !== 'trial') return after;
  const none = rate(ZERO);
  const base = amountOf(none);
  const baseDue = fee === 'trial' ? ZERO : shareOf(base, phase);
  const used = partsBetween(after, before.isZero() ? none : rate(before));
  const usedDue = amountOf(used);
  return [
    ...(baseDue.isZero() ? [] : [amountPart('base', baseDue, base)]),
    ...used,
    ...(usedDue.lt(0) ? [amountPart('floor', usedDue.negated())] : []),
  ];
}

function gaugeParts(phase: ChargedPhase, rate: Rate, level: Decimal): LinePart[] {
  const parts = phase.fee === 'trial' ? partsBetween(rate(level), rate(ZERO)) : rate(level);
  const whole = amountOf(parts);
  const due = shareOf(Exact.max(0, whole), phase);
  if (due.eq(whole)) return parts;
  return [...parts, amountPart(whole.lt(0) ? 'floor' : 'prorated', due.minus(whole))];
}

/** Rating knows no names: whoever reads what went wrong wants to know with which plan and metric. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    throw new AppError(error.code, `${name}: ${error.message}`, { cause: error });
  }
}
