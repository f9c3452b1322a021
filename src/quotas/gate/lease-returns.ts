import { withinTime } from '@/kernel/within-time';
import { type PooledLease } from './pooled-lease';

/** Longest time in ms for one answer of the store. */
const ANSWER_MS = 2_000;

export interface LeaseReturns {
  /** Says to the store what of a lease came back so far; what it does not take is said again by {@link retry}. */
  send(lease: PooledLease): void;
  /** Resolves when every return under way has its answer or has failed. Never rejects. */
  idle(): Promise<void>;
  /** Sends again what failed. */
  retry(): void;
  /** Returns that the store has not taken. */
  owed(): number;
}

/** Brings units back to the store. The store takes totals per lease, so a repetition or a lost answer is harmless. */
export function createLeaseReturns(
  toStore: (leaseId: string, returnedTotal: number, dry: boolean) => Promise<void>,
): LeaseReturns {
  const underWay = new Set<Promise<void>>();
  const owed = new Set<PooledLease>();

  function send(lease: PooledLease): void {
    owed.delete(lease);
    const sending = withinTime(ANSWER_MS, toStore(lease.id, lease.returned, lease.dry))
      .catch(() => void owed.add(lease))
      .finally(() => underWay.delete(sending));
    underWay.add(sending);
  }

  return {
    send,
    idle: async () => void (await Promise.all(underWay)),
    retry: () => [...owed].forEach(send),
    owed: () => owed.size,
  };
}
