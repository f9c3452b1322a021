import { type LeasedUnits } from '@/metering/contracts';

/** After this long a process gives back what it holds beyond the few units that rare calls need. */
export const IDLE_MS = 20_000;
/** Those it may hand out for this long at most, so that a caller who comes every few minutes is answered from memory too. */
const LONGEST_HAND_OUT_MS = 10 * 60_000;
/** Of the time after which the store releases a lease: the rest absorbs a frozen process, and the calls it let in. */
const HAND_OUT_SHARE = 0.6;

/** How long after it was asked for units of a lease may be handed out, where the store releases it after `reclaimMs`. */
export const handOutMs = (reclaimMs: number): number => Math.min(LONGEST_HAND_OUT_MS, reclaimMs * HAND_OUT_SHARE);

/** How long a lease is remembered after it was asked for: until then its units can be put back. */
export const LEASE_KNOWN_MS = 15 * 60_000;

/** A moment by two clocks: the monotonic one may stand still while the machine sleeps, the wall's may be set back. */
export interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/** A block of units lent to this process. Counts are whole units, except for a lease made for one call alone. */
export interface PooledLease {
  readonly id: string;
  readonly metric: string;
  /** Units that were lent. */
  readonly units: number;
  /** Units not handed out and not returned. */
  left: number;
  /** Units returned so far, in all. The store takes the total, so saying it twice changes nothing. */
  returned: number;
  /** Whether others can count on it that nothing more comes back. */
  dry: boolean;
  /** When it was asked for. */
  readonly askedAt: Moment;
  /** How long after that its units may be handed out, in ms. */
  readonly handOutMs: number;
  /** The units last handed out, shared by calls of equal cost. */
  slip: readonly LeasedUnits[] | null;
}

/** Whether units may still be handed out: by the clock that says more time has passed. */
export const isUsable = ({ askedAt, handOutMs }: PooledLease, nowMs: number, wallMs: number): boolean =>
  nowMs - askedAt.monotonicMs < handOutMs && wallMs - askedAt.wallMs < handOutMs;

/** Whether its time is nearly over, so that units are borrowed ahead although some are left. */
export const isAgeing = ({ askedAt, handOutMs }: PooledLease, nowMs: number): boolean =>
  nowMs - askedAt.monotonicMs >= (handOutMs * 2) / 3;

/** Takes units of a lease that has them. */
export function handOut(lease: PooledLease, units: number): readonly LeasedUnits[] {
  lease.left -= units;
  if (lease.slip?.[0]?.units === units) return lease.slip;
  return (lease.slip = Object.freeze([{ leaseId: lease.id, metric: lease.metric, units }]));
}
