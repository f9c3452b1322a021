import { AppError } from '@/kernel/errors';
import { fromMinor, toMinor } from '@/kernel/money';
import { type Metric } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';
import { Exact } from '@/rating';
import { describeFee } from './describe-line';
import { type PlanLine, type UsageLine } from './line-draft';
import { amountPart, shareOf } from './line-parts';
import { type ChargedPhase, chargedPhases, type PeriodPhase } from './period-phases';
import { priceUsage } from './price-usage';

export interface PeriodInput {
  /** Midnights in UTC, half-open. */
  period: { from: Date; to: Date };
  /** What the organization is billed in, by ISO 4217; null before its first invoice: then that of its plans. */
  currency: string | null;
  /** In order, without gaps, up to the end of the period. */
  phases: readonly PeriodPhase[];
  metrics: ReadonlyMap<string, Metric>;
}

export interface PricedPeriod {
  currency: string;
  /** Fees in order of time, then usage by metric in the catalogue's order and by time. */
  lines: (PlanLine | UsageLine)[];
}

/**
 * What a period costs, line by line: the same for the invoice, its preview, a simulation and a proof. Pure.
 *
 * A plan's fee is price × days ÷ days of the period, where the day of a change belongs to the new plan. What a metric's use
 * costs is said by {@link priceUsage}: units add up over the period as the quota sees them, so an upgrade on the last day does
 * not take back what was used before it, and what was used before it counts against the new allowance. No usage is rated too:
 * there may be a minimum or a flat first tier. Each line is rounded once, half up. Left out are fees of 0, and usage lines of
 * no units and no money. Metrics that a plan does not list are not limited under it and cost nothing.
 *
 * E.g. 49.00 to 15 January, then 199.00: 49 × 14 ÷ 31 = 22.129… is 22.13, and 199 × 17 ÷ 31 = 109.129… is 109.13.
 * @throws AppError conflict where a plan is priced in another currency; invalid_request for what cannot be rated, with the plan
 * and the metric; internal where the phases are not those of the period.
 */
export function pricePeriod(input: PeriodInput): PricedPeriod {
  const { phases, currency } = chargedAs(input);
  const fees = phases.flatMap((phase) => feeLine(phase, input.period.from, currency));
  const usage = usageLines(input).filter(({ quantity, amountMinor }) => !quantity.isZero() || amountMinor !== 0);
  return { currency, lines: [...fees, ...usage] };
}

/** What each metric's use costs in each phase, also where nothing was used and nothing is due. */
export function usageLines(input: PeriodInput): UsageLine[] {
  const { phases, currency } = chargedAs(input);
  const periodStart = input.period.from;
  return [...input.metrics.values()].flatMap((metric) => {
    if (metric.aggregation === 'unique') return [];
    let quantityBefore = new Exact(0);
    return phases.flatMap((phase) => {
      const limit = phase.plan.limits.get(metric.key);
      const line = limit && priceUsage({ phase, metric, limit, quantityBefore, periodStart, currency });
      quantityBefore = quantityBefore.plus(phase.usage.get(metric.key)?.quantity ?? 0);
      return line ? [line] : [];
    });
  });
}

function feeLine(phase: ChargedPhase, periodStart: Date, currency: string): PlanLine[] {
  const { plan, fee, days, ofDays } = phase;
  if (fee !== 'due' || plan.priceMinor === 0 || days === 0) return [];
  const whole = new Exact(fromMinor(plan.priceMinor, currency));
  const exact = shareOf(whole, phase);
  const line = {
    kind: 'plan' as const,
    from: phase.startsAt,
    to: phase.endsAt,
    periodStart,
    planVersionId: plan.id,
    days,
    ofDays,
    parts: [amountPart('fee', exact, whole)],
    exact,
    amountMinor: toMinor(exact, currency),
  };
  return [{ ...line, description: describeFee(line, plan.planName) }];
}

function chargedAs({ period, phases, metrics, currency }: PeriodInput): { phases: ChargedPhase[]; currency: string } {
  const charged = chargedPhases(period, phases, metrics);
  const priced = charged.map(({ plan }) => plan).filter(costsMoney);
  const billed = currency ?? (priced[0] ?? charged[0]!.plan).currency;
  const other = priced.find((plan) => plan.currency !== billed);
  if (!other) return { phases: charged, currency: billed };
  throw new AppError(
    'conflict',
    `plan ${other.planKey} version ${other.version}: expected prices in ${billed}, which the organization is billed in, received ${other.currency}`,
  );
}

/** The free plan may be held beside plans of any currency. */
const costsMoney = ({ priceMinor, limits }: PlanVersion): boolean =>
  priceMinor > 0 || [...limits.values()].some(({ price }) => price !== null);
