import { type Decimal } from 'decimal.js';
import { AppError } from '@/kernel/errors';
import { type Metric } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';
import { Exact } from '@/rating';

interface PhaseUsage {
  /** Units used in the phase, ≥ 0: of `sum` and `count` what was used in it, of `max` the highest level, of `last` the last. */
  quantity: Decimal.Value;
  /** Units of the period that cost nothing more, at the end of the phase, with overrides and grants; null is unlimited. */
  included: Decimal.Value | null;
}

/** A part of a period in which one plan version held. */
export interface PeriodPhase {
  startsAt: Date;
  endsAt: Date;
  plan: PlanVersion;
  /**
   * `due`: by days. `trial`: none, nor what metrics cost without usage. `elsewhere`: charged with a subscription at Stripe;
   * what metrics cost is due.
   */
  fee: 'due' | 'trial' | 'elsewhere';
  /** By metric. What is not here was not used, and what the plan includes of it holds. */
  usage: ReadonlyMap<string, PhaseUsage>;
}

/** A phase with the days it is charged for. */
export interface ChargedPhase extends PeriodPhase {
  /** Days in UTC from the one it starts on to the one it ends on, half-open: the day of a change belongs to the new plan. */
  days: number;
  /** Days of the period: those of its phases add up to them. */
  ofDays: number;
}

const DAY_MS = 86_400_000;
const dayOf = (at: Date): number => Math.floor(at.getTime() / DAY_MS);

/**
 * The phases of a period with the days they are charged for. Phases that follow each other under one plan version, and with
 * one kind of fee, are one phase: a change that changes nothing changes no invoice either, not even by a rounded cent.
 * @param phases in order, without gaps, to the end of the period. The first counts from the period's start.
 * @throws AppError internal where they are not.
 */
export function chargedPhases(
  period: { from: Date; to: Date },
  phases: readonly PeriodPhase[],
  metrics: ReadonlyMap<string, Metric>,
): ChargedPhase[] {
  checkOrder(period, phases);
  const merged: PeriodPhase[] = [];
  for (const [place, phase] of phases.entries()) {
    const last = merged.at(-1);
    if (last?.plan.id === phase.plan.id && last.fee === phase.fee)
      merged[merged.length - 1] = merge(last, phase, metrics);
    else merged.push(place === 0 ? { ...phase, startsAt: period.from } : phase);
  }
  const ofDays = dayOf(period.to) - dayOf(period.from);
  return merged.map((phase) => ({ ...phase, days: dayOf(phase.endsAt) - dayOf(phase.startsAt), ofDays }));
}

function merge(a: PeriodPhase, b: PeriodPhase, metrics: ReadonlyMap<string, Metric>): PeriodPhase {
  const usage = new Map(a.usage);
  for (const [metric, later] of b.usage) {
    const earlier = usage.get(metric)?.quantity ?? 0;
    usage.set(metric, { ...later, quantity: joined(metrics.get(metric)?.aggregation, earlier, later.quantity) });
  }
  return { ...b, startsAt: a.startsAt, usage };
}

function joined(aggregation: Metric['aggregation'] | undefined, earlier: Decimal.Value, later: Decimal.Value): Decimal {
  if (aggregation === 'last') return new Exact(later);
  return aggregation === 'max' ? Exact.max(earlier, later) : Exact.add(earlier, later);
}

function checkOrder(period: { from: Date; to: Date }, phases: readonly PeriodPhase[]): void {
  const [first, last] = [phases[0], phases.at(-1)];
  const isWhole =
    first !== undefined &&
    first.startsAt >= period.from &&
    last?.endsAt.getTime() === period.to.getTime() &&
    phases.every(
      ({ startsAt, endsAt }, place) =>
        startsAt < endsAt && (place === 0 || phases[place - 1]!.endsAt.getTime() === startsAt.getTime()),
    );
  if (isWhole) return;
  const told = phases.map(({ startsAt, endsAt }) => `${startsAt.toISOString()} to ${endsAt.toISOString()}`).join(', ');
  throw new AppError(
    'internal',
    `phases: expected some without gaps up to ${period.to.toISOString()}, received ${told || 'none'}`,
  );
}
