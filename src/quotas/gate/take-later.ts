import { type ExactQuantity } from '@/kernel/quantity';
import { type LeasedUnits } from '@/metering/contracts';
import { withinTime } from '@/kernel/within-time';
import { type Costs, type QuotaCaller, type QuotaDecision, type QuotaDenial } from '../contracts';
import { unitsOf } from './decide-quota';
import { type PoolAnswer, type Refusal } from './lease-pool';
import { type Holding, type LimitedMetric, type OrganizationQuotas } from './organization-quotas';
import { type OutageAllowance } from './outage-allowance';
import { type Moment } from './pooled-lease';
import { type LendRequest, type LendResult } from '../store/quota-store';
import { type StoreOutage } from './store-outage';
import { deny, tightest } from './take-now';

/** Takes what is not in hand: waits for the database or, where it does not answer, follows the policy of each metric. */
export interface TakeLater {
  take(caller: QuotaCaller, costs: Costs, atMs: number): Promise<QuotaDecision>;
  /** The answer of a gate that is closed. */
  unavailable(caller: QuotaCaller, costs: Costs): QuotaDecision;
}

interface TakeLaterOptions {
  organizationOf: (organizationId: string) => OrganizationQuotas;
  outage: StoreOutage;
  allowance: OutageAllowance;
  /** Asks whether the spend cap lets a gauge reach a value. */
  lendGauge: (
    request: Pick<LendRequest, 'organizationId' | 'livemode' | 'metric' | 'at' | 'need' | 'want'>,
  ) => Promise<LendResult>;
  giveBack: (leases: readonly LeasedUnits[]) => void;
  now: () => Moment;
}

/** One metric of a call. */
interface Part {
  caller: QuotaCaller;
  organization: OrganizationQuotas;
  holding: Holding;
  limited: LimitedMetric;
  units: number;
  atMs: number;
}
type PartAnswer =
  { ok: true; leases: readonly LeasedUnits[]; remaining: number | null } | { ok: false; decision: QuotaDecision };

const GAUGE_MS = 2_000;
const fits = (leases: readonly LeasedUnits[], remaining: number | null): PartAnswer => ({
  ok: true,
  leases,
  remaining,
});

export function createTakeLater(options: TakeLaterOptions): TakeLater {
  const { organizationOf, outage, allowance, lendGauge, giveBack, now } = options;

  async function take(caller: QuotaCaller, costs: Costs, atMs: number): Promise<QuotaDecision> {
    const organization = organizationOf(caller.organizationId);
    const holding = await holdingOf(organization, atMs);
    const limits = caller.livemode ? holding.live : holding.test;
    const leases: LeasedUnits[] = [];
    let remaining: number | null = null;
    try {
      // By name, so that two calls that need the same metrics do not each wait for what the other took.
      for (const metric of Object.keys(costs).sort()) {
        const limited = limits.get(metric);
        const units = limited ? unitsOf(limited.rule.limit, costs[metric]!) : 0;
        if (!limited || units === 0) continue;
        const answer = await takePart({ caller, organization, holding, limited, units, atMs });
        if (!answer.ok) {
          giveBack(leases);
          return answer.decision;
        }
        leases.push(...answer.leases);
        remaining = tightest(remaining, answer.remaining);
      }
    } catch (error) {
      giveBack(leases);
      throw error;
    }
    return { allowed: true, leases, remaining: remaining === Infinity ? null : remaining };
  }

  /** While the plan cannot be read, the last one known still says what the policy is. */
  async function holdingOf(organization: OrganizationQuotas, atMs: number): Promise<Holding> {
    try {
      return await organization.read(atMs);
    } catch (error) {
      const known = organization.lastKnown();
      if (known && outage.sinceMs() !== null) return known;
      throw error;
    }
  }

  const takePart = (part: Part): Promise<PartAnswer> =>
    part.limited.rule.kind === 'gauge' ? reach(part) : borrow(part);

  async function reach(part: Part): Promise<PartAnswer> {
    const { caller, limited, units, atMs } = part;
    const { most, capped, limit } = limited.rule;
    const refuse = (reason: 'quota' | 'spend_cap', limitUnits: ExactQuantity | null) =>
      refused(part, { reason, terms: { used: null, leased: null, limitUnits, fitsInMs: null } });
    if (units > most) return refuse('quota', most);
    if (!capped || units <= (limit.included ?? Infinity)) return fits([], most - units);
    if (!outage.mayAsk()) return byPolicy(part);
    const request = { ...caller, metric: limit.metric, at: new Date(atMs), need: units, want: units };
    try {
      const { outcome, limitUnits } = await withinTime(GAUGE_MS, lendGauge(request));
      outage.answered();
      if (outcome === 'spend_cap') return refuse('spend_cap', limitUnits);
      return outcome === 'exhausted' ? refuse('quota', limitUnits) : fits([], most - units);
    } catch (error) {
      outage.failed(error);
      return byPolicy(part);
    }
  }

  async function borrow(part: Part): Promise<PartAnswer> {
    const { caller, organization, holding, limited, units, atMs } = part;
    const pool = organization.poolFor(limited, caller.livemode, holding.entitlements);
    const { monotonicMs, wallMs } = now();
    if (pool.has(units, monotonicMs, wallMs)) return fits(pool.take(units, atMs, monotonicMs), pool.remaining());
    if (outage.sinceMs() !== null) {
      pool.probe(atMs);
      return byPolicy(part);
    }
    return conclude(part, pool.remembered(units, monotonicMs) ?? (await pool.wait(units, atMs)), pool.remaining);
  }

  function conclude(part: Part, answer: PoolAnswer, remaining: () => number | null): PartAnswer {
    switch (answer.kind) {
      case 'taken':
        return fits(answer.leases, remaining());
      case 'refused':
        return refused(part, answer);
      case 'unbounded':
        // The database knows of a change that this process has not heard of.
        part.organization.changed(now().monotonicMs);
        return fits([], null);
      case 'unavailable':
        return byPolicy(part);
    }
  }

  function refused({ caller, holding, limited, units }: Part, refusal: Pick<Refusal, 'reason' | 'terms'>): PartAnswer {
    const { livemode } = caller;
    return { ok: false, decision: deny(holding, limited, { livemode, cost: units }, refusal) };
  }

  function byPolicy({ caller, organization, holding, limited, units }: Part): PartAnswer {
    const { rule } = limited;
    const allows = () => {
      // A gauge's value is no use of units: its calls are counted.
      if (rule.kind === 'gauge') return allowance.allows(rule.limit, 0, 1);
      const pool = organization.poolFor(limited, caller.livemode, holding.entitlements);
      return allowance.allows(pool, pool.lastLease(), units);
    };
    const allowed = rule.limit.onOutage === 'allow' && allows();
    outage.decided(allowed, units);
    return allowed ? fits([], null) : { ok: false, decision: unavailable(holding, rule.limit.metric, units) };
  }

  return {
    take,
    unavailable(caller, costs) {
      const [metric = '', cost = 0] = Object.entries(costs)[0] ?? [];
      const holding = organizationOf(caller.organizationId).lastKnown();
      return unavailable(holding, metric, typeof cost === 'number' ? cost : 1);
    },
  };
}

function unavailable(holding: Holding | null, metric: string, cost: number): QuotaDecision {
  const denial: QuotaDenial = {
    limit: 'unavailable',
    metric,
    used: null,
    leased: null,
    limitUnits: null,
    cost,
    resetAtMs: null,
    fitsInMs: null,
    planKey: holding?.entitlements.plan.planKey ?? '',
    upgradeTo: null,
    paymentOnly: false,
  };
  return { allowed: false, denial };
}
