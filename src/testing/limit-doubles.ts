import { type Entitlements, type PlanVersion } from '@/plans/contracts';
import { type LeasedUnits } from '@/metering/contracts';
import { type Costs, type QuotaDenial, type QuotaGate } from '@/quotas';
import { type RateLimiter } from '@/rates';

/** A plan of no consequence; what a test cares about is given. */
export const buildPlan = (given: Partial<PlanVersion> = {}): PlanVersion => ({
  id: '00000000-0000-4000-8000-000000000010',
  planKey: 'free',
  planName: 'Free',
  rank: 10,
  version: 1,
  priceMinor: 0,
  currency: 'USD',
  requestsPerMinute: 100,
  features: {},
  limits: new Map(),
  ...given,
});

/** The gate as wrappers see it: one pool of units for all metrics, and a note of every lease. */
export function createPoolGate({ units = Infinity, plan = buildPlan() }: { units?: number; plan?: PlanVersion } = {}) {
  const pool = {
    left: units,
    plan,
    /** Ids of leases taken and neither given back nor, as far as the gate knows, recorded. */
    taken: new Map<string, number>(),
    denial: {
      limit: 'quota',
      metric: 'api_calls',
      used: 1_000,
      leased: 0,
      limitUnits: 1_000,
      cost: 1,
      resetAtMs: Date.UTC(2026, 11, 1),
      fitsInMs: null,
      planKey: 'free',
      upgradeTo: 'starter',
      paymentOnly: false,
    } as QuotaDenial,
    /** Instants at which units were asked for. */
    askedAtMs: [] as number[],
  };
  let leases = 0;

  const entitlements = (organizationId: string): Entitlements => ({
    organizationId,
    plan: pool.plan,
    period: { from: new Date(Date.UTC(2026, 10, 1)), to: new Date(Date.UTC(2026, 11, 1)) },
    limits: new Map(),
    testLimits: new Map(),
    adjustments: { overrides: {}, granted: {} },
    spendCapMinor: null,
    validUntil: new Date(Date.UTC(2026, 11, 1)),
  });
  const gate: QuotaGate = {
    entitlements,
    take(_caller: { organizationId: string; livemode: boolean }, costs: Costs, atMs: number) {
      pool.askedAtMs.push(atMs);
      const wanted = Object.entries(costs).filter((entry): entry is [string, number] => typeof entry[1] === 'number');
      const cost = wanted.reduce((sum, [, n]) => sum + n, 0);
      if (cost > pool.left) return { allowed: false, denial: { ...pool.denial, cost } };
      pool.left -= cost;
      if (pool.left === Infinity) return { allowed: true, leases: [], remaining: null };
      const taken: LeasedUnits[] = wanted.map(([metric, n]) => ({ leaseId: `lease-${++leases}`, metric, units: n }));
      for (const lease of taken) pool.taken.set(lease.leaseId, lease.units);
      return { allowed: true, leases: taken, remaining: pool.left };
    },
    giveBack(given) {
      for (const { leaseId, units: n } of given) {
        if (!pool.taken.delete(leaseId)) throw new Error(`${leaseId} was given back twice`);
        pool.left += n;
      }
    },
    status: () => ({ leases: 0, unitsHeld: 0, outage: null }),
    close: async () => undefined,
  };
  return { gate, pool };
}

/** Lets a number of calls through, whoever makes them. */
export function createCountingRateLimiter(limit = 1_000_000): { rateLimiter: RateLimiter; calls: () => number } {
  let calls = 0;
  const rateLimiter: RateLimiter = {
    check: () => {
      calls += 1;
      const remaining = Math.max(0, limit - calls);
      const resetAtMs = Date.now() + 30_000;
      return { allowed: calls <= limit, policy: 'organization', limit, remaining, resetAtMs, windowMs: 60_000 };
    },
    status: () => ({ backend: 'memory', circuit: 'closed', since: null, unchecked: 0 }),
  };
  return { rateLimiter, calls: () => calls };
}
