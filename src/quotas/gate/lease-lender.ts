/** Borrows leases from the store, and finds again those whose answer was lost. */
import { withinTime } from '@/kernel/within-time';
import { type LeaseReturns } from './lease-returns';
import { LEASE_KNOWN_MS, type Moment, type PooledLease } from './pooled-lease';
import { type LendResult } from '../store/quota-store';
import { isAnswer, type StoreOutage } from './store-outage';

/** What a pool asks of the store about its counter. */
export interface PoolCounter {
  lend: (request: { atMs: number; need: number; want: number }) => Promise<LendResult>;
  giveBack: (leaseId: string, returnedTotal: number, dry: boolean) => Promise<void>;
  /** Open leases of this process on this counter that the store lent in the last ten minutes. */
  recentLeases(): Promise<readonly { id: string; units: number }[]>;
}

export interface LeaseLender {
  /** The store's answer, and when it was asked; null when it cannot be asked or does not answer. Never rejects. */
  ask(atMs: number, units: { need: number; want: number }): Promise<{ result: LendResult; askedAt: Moment } | null>;
  /** The lease of an answer. */
  leaseOf(leaseId: string, result: LendResult, askedAt: Moment): PooledLease;
  /** Gives back a lease of which nothing is handed out. */
  refund: (result: Pick<LendResult, 'leaseId' | 'units'>) => void;
  /** Whether leases may have been lent by answers that never came. */
  hasLost(): boolean;
  /** Finds and gives back what was lent by such answers. Never rejects. */
  refundLost: () => Promise<void>;
  /** Forgets leases from long ago. */
  forget(): void;
}

const LEND_MS = 2_000;
/** How long a statement whose connection was lost may go on in the server: so long its lease is looked for. */
const LOST_MS = 10_000;

export function createLeaseLender({
  metric,
  counter,
  outage,
  returns,
  now,
  handOutMs,
}: {
  metric: string;
  counter: PoolCounter;
  outage: StoreOutage;
  returns: LeaseReturns;
  now: () => Moment;
  /** For how long units of a lease that is made now may be handed out, in ms. */
  handOutMs: () => number;
}): LeaseLender {
  /** Leases that came, and the monotonic time at which they were asked for. */
  const known = new Map<string, number>();
  let lookUntilMs: number | null = null;

  async function ask(atMs: number, units: { need: number; want: number }) {
    if (!outage.mayAsk()) return null;
    // What this process is about to give back counts as lent until it has arrived.
    await returns.idle();
    const askedAt = now();
    const asking = lend(atMs, units);
    try {
      const result = await withinTime(LEND_MS, asking);
      outage.answered();
      return { result, askedAt };
    } catch (error) {
      // It may have been lent all the same.
      if (!isAnswer(error)) lookUntilMs = now().monotonicMs + LOST_MS;
      asking.then(refund, () => undefined);
      outage.failed(error);
      return null;
    }
  }

  async function lend(atMs: number, units: { need: number; want: number }): Promise<LendResult> {
    if (lookUntilMs !== null) await refundUnknown();
    return counter.lend({ atMs, ...units });
  }

  /** Leases of this process that it does not know were lent by an answer that never came. */
  async function refundUnknown(): Promise<void> {
    const over = lookUntilMs !== null && now().monotonicMs >= lookUntilMs;
    for (const { id, units } of await counter.recentLeases()) if (!known.has(id)) refund({ leaseId: id, units });
    await returns.idle();
    if (over) lookUntilMs = null;
  }

  async function refundLost(): Promise<void> {
    if (!outage.mayAsk()) return;
    try {
      await withinTime(LEND_MS, refundUnknown());
      outage.answered();
    } catch (error) {
      outage.failed(error);
    }
  }

  function refund({ leaseId, units }: Pick<LendResult, 'leaseId' | 'units'>): void {
    if (leaseId === null) return;
    const askedAt = now();
    known.set(leaseId, askedAt.monotonicMs);
    returns.send({
      id: leaseId,
      metric,
      units,
      left: 0,
      returned: units,
      dry: true,
      askedAt,
      handOutMs: 0,
      slip: null,
    });
  }

  return {
    ask,
    refund,
    refundLost,
    hasLost: () => lookUntilMs !== null,
    leaseOf(id, { units, dry }, askedAt) {
      known.set(id, askedAt.monotonicMs);
      return { id, metric, units, left: units, returned: 0, dry, askedAt, handOutMs: handOutMs(), slip: null };
    },
    forget() {
      const nowMs = now().monotonicMs;
      for (const [id, askedAtMs] of known) {
        if (nowMs - askedAtMs < LEASE_KNOWN_MS) return;
        known.delete(id);
      }
    },
  };
}
