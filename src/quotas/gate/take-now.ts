import { type LeasedUnits } from '@/metering/contracts';
import { type Costs, type QuotaDecision } from '../contracts';
import { denialOf, unitsOf } from './decide-quota';
import { type Refusal } from './lease-pool';
import { type Holding, type LimitedMetric } from './organization-quotas';

const NONE: readonly LeasedUnits[] = Object.freeze([]);

/** The smaller of two quantities of which null is boundless. */
export const tightest = (a: number | null, b: number | null): number | null =>
  a === null ? b : b === null ? a : Math.min(a, b);

/** The denial of a call for a refused metric. */
export const deny = (
  holding: Holding,
  { rule }: LimitedMetric,
  call: { livemode: boolean; cost: number },
  { reason, terms }: Pick<Refusal, 'reason' | 'terms'>,
): QuotaDecision => ({
  allowed: false,
  denial: denialOf({ reason, metric: rule.limit.metric, rule, terms, ...call, ...holding }),
});

/**
 * Decides from memory alone, and at once; null when the store has to be asked. The path of every metered call: it looks
 * at all metrics first and takes afterwards, so nothing needs to be given back.
 */
export function takeNow(
  holding: Holding,
  livemode: boolean,
  costs: Costs,
  { atMs, nowMs, wallMs }: { atMs: number; nowMs: number; wallMs: number },
): QuotaDecision | null {
  const limits = livemode ? holding.live : holding.test;
  let pooled = 0;
  let remaining: number | null = null;
  for (const metric in costs) {
    const limited = limits.get(metric);
    if (limited === undefined) continue;
    const { rule, pool } = limited;
    const units = unitsOf(rule.limit, costs[metric]!);
    if (units === 0) continue;
    if (rule.kind === 'gauge') {
      if (units > rule.most || (rule.capped && units > (rule.limit.included ?? Infinity))) return null;
      remaining = tightest(remaining, rule.most - units);
      continue;
    }
    if (pool === null) return null;
    if (!pool.has(units, nowMs, wallMs)) {
      const refusal = pool.remembered(units, nowMs);
      return refusal && deny(holding, limited, { livemode, cost: units }, refusal);
    }
    pooled += 1;
  }
  let leases = NONE;
  if (pooled > 0) {
    for (const metric in costs) {
      const limited = limits.get(metric);
      const pool = limited?.pool;
      if (!limited || !pool) continue;
      const units = unitsOf(limited.rule.limit, costs[metric]!);
      if (units === 0) continue;
      const taken = pool.take(units, atMs, nowMs);
      leases = leases === NONE ? taken : [...leases, ...taken];
      remaining = tightest(remaining, pool.remaining());
    }
  }
  return { allowed: true, leases, remaining: remaining === Infinity ? null : remaining };
}
