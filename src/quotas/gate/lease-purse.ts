import { type LeasedUnits } from '@/metering/contracts';
import { type LeaseReturns } from './lease-returns';
import { handOut, IDLE_MS, isAgeing, isUsable, type Moment, type PooledLease } from './pooled-lease';

/** How long after its end it is remembered that a lease was not called back: until then its units are surely recorded. */
const RECALLABLE_MS = 2 * 60_000;

/** The leases of one counter that this process has in hand. Everything but the returns happens at once. */
export interface LeasePurse {
  /** Units in hand. */
  held: () => number;
  /** Whether the oldest may not be handed out for long any more. */
  isAgeing(nowMs: number): boolean;
  /** Units that may still be handed out for a good while. */
  lasting(nowMs: number): number;
  /** Units handed out since the beginning. */
  handedOut: () => number;
  /** Units that a call takes on average; 1 before the first. */
  unitsPerCall(): number;
  leases: () => number;
  /** Whether so many units may be handed out now. */
  has(units: number, nowMs: number, wallMs: number): boolean;
  /** Hands out units that the purse has. */
  take(units: number): readonly LeasedUnits[];
  /** Hands out a lease that was made for one call. */
  takeWhole(lease: PooledLease): readonly LeasedUnits[];
  add(lease: PooledLease): void;
  /** Takes back units that were handed out and will not be recorded. */
  putBack(lease: PooledLease, units: number, now: Moment): void;
  /** Returns what may not be handed out any more, and what has lain idle beyond `kept` units. */
  returnOutdated(now: Moment, kept: number): void;
  /** Returns what is left of leases that nobody else can call back. */
  returnDry(): void;
  /** Returns all that is in hand, and lets others know that nothing more comes from these leases. */
  returnAll(): void;
}

export function createLeasePurse(returns: LeaseReturns): LeasePurse {
  /** With units left; the one asked for first is first. */
  let open: PooledLease[] = [];
  /** Not dry, whether units are left or not: a recall concerns all of them. */
  let recallable: PooledLease[] = [];
  let held = 0;
  let handedOut = 0;
  let calls = 0;

  function giveUp(lease: PooledLease): void {
    lease.returned += lease.left;
    held -= lease.left;
    lease.left = 0;
    returns.send(lease);
  }

  /** Gives up the open leases for which `which` holds. */
  function giveUpOpen(which: (lease: PooledLease) => boolean): void {
    const [out, kept] = [open.filter(which), open.filter((lease) => !which(lease))];
    open = kept;
    out.forEach(giveUp);
  }

  function takeAcross(units: number): readonly LeasedUnits[] {
    const taken: LeasedUnits[] = [];
    let lacking = units;
    for (const lease of open) {
      const part = Math.min(lease.left, lacking);
      if (part > 0) taken.push(...handOut(lease, part));
      lacking -= part;
    }
    open = open.filter(({ left }) => left > 0);
    return taken;
  }

  function returnOutdated(now: Moment, kept: number): void {
    giveUpOpen((lease) => !isUsable(lease, now.monotonicMs, now.wallMs));
    returnIdle(now.monotonicMs, kept);
    recallable = recallable.filter(
      ({ left, askedAt, handOutMs }) => left > 0 || now.monotonicMs - askedAt.monotonicMs < handOutMs + RECALLABLE_MS,
    );
  }

  function returnIdle(nowMs: number, kept: number): void {
    for (const lease of open) {
      const surplus = Math.min(lease.left, held - kept);
      if (surplus <= 0 || nowMs - lease.askedAt.monotonicMs < IDLE_MS) continue;
      lease.left -= surplus;
      lease.returned += surplus;
      held -= surplus;
      returns.send(lease);
    }
    open = open.filter(({ left }) => left > 0);
  }

  return {
    held: () => held,
    isAgeing: (nowMs) => open[0] !== undefined && isAgeing(open[0], nowMs),
    lasting: (nowMs) => open.reduce((units, lease) => units + (isAgeing(lease, nowMs) ? 0 : lease.left), 0),
    handedOut: () => handedOut,
    unitsPerCall: () => (calls === 0 ? 1 : handedOut / calls),
    leases: () => open.length,
    has(units, nowMs, wallMs) {
      const first = open[0];
      if (first === undefined || held < units) return false;
      if (isUsable(first, nowMs, wallMs)) return true;
      returnOutdated({ monotonicMs: nowMs, wallMs }, Infinity);
      return held >= units;
    },
    take(units) {
      held -= units;
      handedOut += units;
      calls += 1;
      const first = open[0];
      if (first === undefined || first.left < units) return takeAcross(units);
      const taken = handOut(first, units);
      if (first.left === 0) open.shift();
      return taken;
    },
    takeWhole(lease) {
      handedOut += lease.left;
      calls += 1;
      if (!lease.dry) recallable.push(lease);
      return handOut(lease, lease.left);
    },
    add(lease) {
      if (!lease.dry) recallable.push(lease);
      open.push(lease);
      held += lease.left;
    },
    putBack(lease, units, now) {
      if (lease.dry || !Number.isInteger(units) || !isUsable(lease, now.monotonicMs, now.wallMs)) {
        lease.returned += units;
        return returns.send(lease);
      }
      lease.left += units;
      held += units;
      if (open.includes(lease)) return;
      open.push(lease);
      open.sort((a, b) => a.askedAt.monotonicMs - b.askedAt.monotonicMs);
    },
    returnOutdated,
    returnDry: () => giveUpOpen(({ dry }) => dry),
    returnAll() {
      const [undried, unspent] = [recallable, new Set(open)];
      recallable = [];
      open = [];
      for (const lease of undried) lease.dry = true;
      unspent.forEach(giveUp);
      // Of the others nothing is left; that they are dry is news all the same.
      for (const lease of undried) if (!unspent.has(lease)) returns.send(lease);
    },
  };
}
