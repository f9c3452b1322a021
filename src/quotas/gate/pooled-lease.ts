import { type LeasedUnits } from '@/metering/contracts';

/** A process stops handing out units of a lease this long after it asked for it… */
export const HAND_OUT_MS = 20_000;
/** …while the store lends them for use until then: the difference absorbs a process that is frozen in between. */
export const USE_MS = 30_000;

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
  /** The units last handed out, shared by calls of equal cost. */
  slip: readonly LeasedUnits[] | null;
}

/** Whether units may still be handed out: by the clock that says more time has passed. */
export const isUsable = ({ askedAt }: PooledLease, nowMs: number, wallMs: number): boolean =>
  nowMs - askedAt.monotonicMs < HAND_OUT_MS && wallMs - askedAt.wallMs < HAND_OUT_MS;

/** Takes units of a lease that has them. */
export function handOut(lease: PooledLease, units: number): readonly LeasedUnits[] {
  lease.left -= units;
  if (lease.slip?.[0]?.units === units) return lease.slip;
  return (lease.slip = Object.freeze([{ leaseId: lease.id, metric: lease.metric, units }]));
}
