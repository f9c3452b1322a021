/**
 * Decides from memory whether a call may be made, and asks the database only when the units in hand run dry. The way of
 * a unit is drawn above lease-pool.ts; why the sum of what is handed out never passes a limit stands in
 * docs/decisions/0007-quota-leases.md.
 */
import { LRUCache } from 'lru-cache';
import { type Logger } from 'pino';
import { type LeasedUnits } from '@/metering/contracts';
import { type Entitlements, type PlanVersion } from '@/plans/contracts';
import { type Costs, type QuotaCaller, type QuotaDecision } from '../contracts';
import { createLeasePool, type LeasePool } from './lease-pool';
import { createOrganizationQuotas, type OrganizationQuotas } from './organization-quotas';
import { createOutageAllowance } from './outage-allowance';
import { handOutMs, IDLE_MS, LEASE_KNOWN_MS, type PooledLease } from './pooled-lease';
import { type NamedCounter, type QuotaListener } from './quota-listener';
import { type LendRequest, type LendResult } from '../store/quota-store';
import { type SpendCap } from '../spend-cap';
import { createStoreOutage } from './store-outage';
import { createTakeLater } from './take-later';
import { takeNow } from './take-now';

export interface QuotaGate {
  /**
   * Takes the units of a call: of all its metrics or of none. From memory at once where possible; then no promise is made.
   * @param atMs Unix time in ms of the call, and of the event that will record it: it chooses the period.
   * @throws AppError `invalid_request` for a cost that is no finite number >= 0; `quota_unavailable` (as a rejection) when
   *   not even the plan is known.
   */
  take(caller: QuotaCaller, costs: Costs, atMs: number): QuotaDecision | Promise<QuotaDecision>;
  /** Units of a call that was not made and will not be recorded. */
  giveBack(leases: readonly LeasedUnits[]): void;
  /**
   * Plan, features and limits as known now: changes are heard at once, and within a second if notifications fail.
   * @throws AppError `quota_unavailable`, `not_found`, as a rejection.
   */
  entitlements(organizationId: string, atMs: number): Entitlements | Promise<Entitlements>;
  status(): { leases: number; unitsHeld: number; outage: string | null };
  /** Returns what was not handed out. To be called when everything that was handed out has been recorded. */
  close(): Promise<void>;
}

export interface QuotaGateOptions {
  store: {
    lend(request: LendRequest): Promise<LendResult>;
    return(leaseId: string, returnedTotal: number, dry: boolean): Promise<void>;
  };
  /** Open leases of this process that were lent in the last ten minutes. */
  recentLeases: (of: {
    organizationId: string;
    livemode: boolean;
    metric: string;
    periodStart: Date;
    holderId: string;
  }) => Promise<readonly { id: string; units: number }[]>;
  spendCap: SpendCap;
  entitlements: { read(organizationId: string, at: Date): Promise<Entitlements> };
  catalogue: { plans(): Promise<readonly PlanVersion[]> };
  listener: QuotaListener;
  /** The id of the process's journal, else one of its own. */
  holderId: string;
  /** After which the store may release what this process holds if it was not heard of: see {@link RECLAIM_MS}. */
  reclaimMs: number;
  log: Logger;
  monotonicMs: () => number;
  /** Unix time in ms of this machine, also where the application's clock is moved. */
  wallMs: () => number;
  /** For how many calls the process keeps units of a metric in hand at most; 100,000 if absent. */
  mostCalls?: number;
  /** Longest time in ms that a call waits for units; 2 s if absent. */
  waitMs?: number;
  /** Longest time in ms to wait for other processes to give back what they hold; 300 if absent. */
  recallPatienceMs?: number;
}

/**
 * A dead process's leases come back when its journal was replayed; these are for journals that never come back, and for
 * processes without one, whose requests must have ended by then.
 */
export const RECLAIM_MS = { journal: 24 * 3_600_000, database: 5 * 60_000, memory: 5 * 60_000 };

const ORGANIZATIONS = 10_000;
const SWEEP_MS = 1_000;

export function createQuotaGate(options: QuotaGateOptions): QuotaGate {
  const { store, recentLeases, spendCap, entitlements, catalogue, listener, holderId, reclaimMs } = options;
  const { log, monotonicMs, wallMs, mostCalls = 100_000, waitMs = 2_000, recallPatienceMs = 300 } = options;
  const now = () => ({ monotonicMs: monotonicMs(), wallMs: wallMs() });
  const longMs = handOutMs(reclaimMs);
  const terms = { holderId, useMs: longMs, reclaimMs, ceiling: null };
  const outage = createStoreOutage({ monotonicMs, log });
  const leases = new Map<string, { lease: PooledLease; pool: LeasePool }>();
  const closings = new Set<Promise<void>>();
  const organizations = new LRUCache<string, OrganizationQuotas>({
    max: ORGANIZATIONS,
    dispose: (organization) => {
      for (const pool of organization.pools()) track(pool.close());
    },
  });
  const later = createTakeLater({
    organizationOf,
    outage,
    allowance: createOutageAllowance({ outage, monotonicMs }),
    lendGauge: (request) => spendCap.lend({ ...request, ...terms }),
    giveBack,
    now,
  });
  const sweeper = setInterval(sweep, SWEEP_MS).unref();
  let closing: Promise<void> | null = null;

  listener.start({
    changed: (organizationId) => organizations.peek(organizationId)?.changed(monotonicMs()),
    freed: (counter) => poolOf(counter)?.changed(),
    recalled: (counter) => poolOf(counter)?.recalled(),
    began: () => organizations.forEach((organization) => organization.changed(monotonicMs())),
  });

  function organizationOf(organizationId: string): OrganizationQuotas {
    const present = organizations.get(organizationId);
    if (present) return present;
    const made: OrganizationQuotas = createOrganizationQuotas({
      readEntitlements: (at) => entitlements.read(organizationId, at),
      readPlans: () => catalogue.plans(),
      listen: listener,
      outage,
      monotonicMs,
      makePool: (counter) => makePool(made, { organizationId, ...counter }),
    });
    organizations.set(organizationId, made);
    return made;
  }

  function poolOf({ organizationId, livemode, metric, periodStartMs }: NamedCounter): LeasePool | undefined {
    return organizations.peek(organizationId)?.pool(livemode, metric, periodStartMs);
  }

  function makePool(
    organization: OrganizationQuotas,
    of: { organizationId: string; livemode: boolean; metric: string; periodStartMs: number },
  ): LeasePool {
    const { organizationId, livemode, metric, periodStartMs } = of;
    const isCapped = () => livemode && organization.lastKnown()?.live.get(metric)?.rule.capped === true;
    return createLeasePool({
      metric,
      periodStartMs,
      counter: {
        lend({ atMs, need, want }) {
          const request = { organizationId, livemode, metric, at: new Date(atMs), need, want, ...terms };
          return isCapped() ? spendCap.lend(request) : store.lend(request);
        },
        giveBack: (leaseId, returnedTotal, dry) => store.return(leaseId, returnedTotal, dry),
        recentLeases: () =>
          recentLeases({ organizationId, livemode, metric, periodStart: new Date(periodStartMs), holderId }),
      },
      outage,
      now,
      // Money that lies in leases is not called back, so where there is a cap it must not lie there for long.
      handOutMs: () => (isCapped() ? IDLE_MS : longMs),
      mostCalls,
      waitMs,
      recallPatienceMs,
      onLease: (lease, pool) => leases.set(lease.id, { lease, pool }),
    });
  }

  function giveBack(units: readonly LeasedUnits[]): void {
    for (const { leaseId, units: count } of units) {
      const known = leases.get(leaseId);
      known?.pool.putBack(known.lease, count);
    }
  }

  function sweep(): void {
    organizations.forEach((organization) => organization.sweep());
    const nowMs = monotonicMs();
    for (const [id, { lease }] of leases) {
      if (nowMs - lease.askedAt.monotonicMs < LEASE_KNOWN_MS) return;
      leases.delete(id);
    }
  }

  function track(work: Promise<void>): void {
    const tracked = work.finally(() => closings.delete(tracked));
    closings.add(tracked);
  }

  async function finish(): Promise<void> {
    clearInterval(sweeper);
    organizations.clear();
    await Promise.all(closings);
    listener.stop();
  }

  return {
    take(caller, costs, atMs) {
      if (closing) return later.unavailable(caller, costs);
      const nowMs = monotonicMs();
      const organization = organizations.get(caller.organizationId);
      const holding = organization?.current(atMs, nowMs);
      if (organization && holding) {
        const decision = takeNow(holding, caller.livemode, costs, { atMs, nowMs, wallMs: wallMs() });
        if (decision) return decision;
      }
      return later.take(caller, costs, atMs);
    },
    giveBack,
    entitlements(organizationId, atMs) {
      const organization = organizationOf(organizationId);
      const holding = organization.fresh(atMs, monotonicMs());
      return holding ? holding.entitlements : organization.read(atMs).then((read) => read.entitlements);
    },
    status() {
      let [held, count] = [0, 0];
      organizations.forEach((organization) => {
        for (const pool of organization.pools()) {
          held += pool.held();
          count += pool.leases();
        }
      });
      return { leases: count, unitsHeld: held, outage: outage.describe() };
    },
    close: () => (closing ??= finish()),
  };
}
