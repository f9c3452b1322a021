/**
 * What an organization owes for a year, reckoned the plainest way: event by event, unit by unit, in ten-thousandths of a cent's
 * hundred, by the sentences of the documentation alone. It shares no code with what it is there to check.
 */
import { type PriceModel } from '@/rating/contracts';
import { countedCost } from '../price-models';

const DAY_MS = 86_400_000;
const AGGREGATIONS = { documents: 'sum', tries: 'count', storage_gb: 'last', peak: 'max' } as const;
export type YearMetric = keyof typeof AGGREGATIONS;
export const YEAR_METRICS = Object.keys(AGGREGATIONS) as YearMetric[];

interface YearLimit {
  /** Null is unlimited. */
  included: number | null;
  overageLimit: number | null;
  price: PriceModel | null;
}

export interface YearPlan {
  priceMinor: number;
  limits: Partial<Record<YearMetric, YearLimit>>;
}

/** What happened; instants in ms. */
export interface YearFacts {
  /** The first is at index 0; one more than there are periods. */
  bounds: readonly number[];
  /** In the order in which they were stored. */
  events: readonly { at: number; quantities: Partial<Record<YearMetric, number>> }[];
  /** Oldest first. */
  phases: readonly { startsAt: number; planVersionId: string; fee: string }[];
  plans: ReadonlyMap<string, YearPlan>;
  /** What had the place of the included units when a period was closed, by the period's index. */
  overrides: ReadonlyMap<number, ReadonlyMap<YearMetric, number | null>>;
  grants: readonly { metric: YearMetric; units: number; from: number; to: number }[];
}

export interface Owed {
  /** What all lines of it come to. */
  minor: number;
  quantity: number;
  /** Of gauges too; null of a fee. */
  events: number | null;
}

interface Phase {
  from: number;
  to: number;
  planVersionId: string;
  fee: string;
}

/** By metric and start of the phase, `fee` in place of a metric for the plan's price; what is 0 is left out. */
export function reckonPeriod(facts: YearFacts, index: number): Map<string, Owed> {
  const [from, to] = [facts.bounds[index]!, facts.bounds[index + 1]!];
  const ofDays = BigInt((to - from) / DAY_MS);
  const phases = phasesOf(facts, from, to);
  const owed = new Map<string, Owed>();
  const note = (what: string, phase: Phase, entry: Owed) => {
    if (entry.minor !== 0 || entry.quantity !== 0) owed.set(`${what} ${new Date(phase.from).toISOString()}`, entry);
  };
  for (const [place, phase] of phases.entries()) {
    const plan = facts.plans.get(phase.planVersionId)!;
    const days = BigInt(Math.floor(phase.to / DAY_MS) - Math.floor(phase.from / DAY_MS));
    if (phase.fee === 'invoice')
      note('fee', phase, { minor: cents(BigInt(plan.priceMinor) * 100n * days, ofDays), quantity: 0, events: null });
    for (const metric of YEAR_METRICS) {
      const limit = plan.limits[metric];
      if (!limit) continue;
      const included = includedIn(facts, index, metric, limit, phase.to);
      const cost = (units: number): bigint =>
        limit.price === null || included === null
          ? 0n
          : countedCost(limit.price, { included, overageLimit: limit.overageLimit ?? undefined }, units);
      const isTrial = phase.fee === 'none';
      const quantity = usedIn(facts, metric, phase);
      const events = facts.events.filter(
        ({ at, quantities }) => quantities[metric] !== undefined && at >= phase.from && at < phase.to,
      ).length;
      let due: bigint;
      if (isGauge(metric)) {
        due = (isTrial ? most(0n, cost(quantity) - cost(0)) : cost(quantity)) * days;
      } else {
        const before = phases.slice(0, place).reduce((sum, earlier) => sum + usedIn(facts, metric, earlier), 0);
        if (before === 0 && days === ofDays && !isTrial) due = cost(quantity) * ofDays;
        else due = (isTrial ? 0n : cost(0)) * days + most(0n, cost(before + quantity) - cost(before)) * ofDays;
      }
      note(metric, phase, { minor: cents(due, ofDays), quantity, events });
    }
  }
  return owed;
}

export const isGauge = (metric: string): boolean => metric === 'storage_gb' || metric === 'peak';
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

/** Ten-thousandths × days ÷ days of the period, half up. */
const cents = (shares: bigint, ofDays: bigint): number => Number((2n * shares + 100n * ofDays) / (200n * ofDays));

/** One after the other; what goes on under the same plan and kind of fee is one. */
function phasesOf({ phases }: YearFacts, from: number, to: number): Phase[] {
  const found: Phase[] = [];
  for (const [place, { startsAt, planVersionId, fee }] of phases.entries()) {
    const endsAt = phases[place + 1]?.startsAt ?? Infinity;
    if (startsAt >= to || endsAt <= from) continue;
    const last = found.at(-1);
    const phase = { from: Math.max(startsAt, from), to: Math.min(endsAt, to), planVersionId, fee };
    if (last?.planVersionId === planVersionId && last.fee === fee) last.to = phase.to;
    else found.push(phase);
  }
  return found;
}

function includedIn(
  { overrides, grants }: YearFacts,
  index: number,
  metric: YearMetric,
  limit: YearLimit,
  end: number,
): number | null {
  const override = overrides.get(index)?.get(metric);
  const included = override === undefined ? limit.included : override;
  if (included === null) return null;
  const granted = grants.filter((grant) => grant.metric === metric && grant.from < end && grant.to >= end);
  return granted.reduce((sum, { units }) => sum + units, included);
}

function usedIn({ events }: YearFacts, metric: YearMetric, { from, to }: Pick<Phase, 'from' | 'to'>): number {
  const reports = events
    .filter(({ at, quantities }) => at < to && quantities[metric] !== undefined)
    .map(({ at, quantities }) => ({ at, value: quantities[metric]! }));
  const within = reports.filter(({ at }) => at >= from);
  if (metric === 'documents') return within.reduce((sum, { value }) => sum + value, 0);
  if (metric === 'tries') return within.length;
  // Of two reports of one instant the one stored later comes last.
  const latest = (all: typeof reports) => [...all].sort((a, b) => a.at - b.at).at(-1);
  if (metric === 'storage_gb') return latest(reports)?.value ?? 0;
  const carried = latest(reports.filter(({ at }) => at <= from));
  return Math.max(0, carried && carried.at < from ? carried.value : 0, ...within.map(({ value }) => value));
}
