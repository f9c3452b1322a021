/**
 * The units of one counter that this process may hand out: a purse of leases, a line of callers who wait for more, and
 * one conversation with the store at a time.
 *
 *   take ──▶ in the purse ─────────────────────────────▶ handed out        (no promise, no I/O)
 *     │        └ fewer than half of the target left ──▶ borrow ahead
 *     └─▶ in line ─▶ borrow ─┬▶ lent ───────────────────▶ handed out
 *                            ├▶ recall ─▶ ask again, until others answered or patience ends ─▶ refused
 *                            ├▶ exhausted, spend cap ───▶ refused, and remembered until something changes, 1 s at most
 *                            └▶ no answer ──────────────▶ unavailable: the policy of the metric decides
 */
import { subtractQuantities } from '@/kernel/quantity';
import { type LeasedUnits } from '@/metering/contracts';
import { type CounterTerms } from './decide-quota';
import { createLeaseLender, type PoolCounter } from './lease-lender';
import { createLeasePurse } from './lease-purse';
import { createLeaseReturns } from './lease-returns';
import { type DemandSample, demandPerSecond, leastUnits, runsLow, targetUnits, unitsToBorrow } from './lease-size';
import { type Moment, type PooledLease } from './pooled-lease';
import { type LendResult } from '../store/quota-store';
import { type StoreOutage } from './store-outage';
import { createWaitingLine, type Waiter } from './waiting-line';
import { createWakeablePause } from './wakeable-pause';

export interface Refusal {
  kind: 'refused';
  reason: 'quota' | 'spend_cap';
  terms: CounterTerms;
}
export type PoolAnswer =
  | { kind: 'taken'; leases: readonly LeasedUnits[] }
  | Refusal
  /** The metric has no bound any more. */
  | { kind: 'unbounded' }
  | { kind: 'unavailable' };

export interface LeasePoolOptions {
  metric: string;
  /** Unix time in ms; what is lent belongs to this period. */
  periodStartMs: number;
  counter: PoolCounter;
  outage: StoreOutage;
  now: () => Moment;
  /** For how long units of a lease may be handed out, in ms. */
  handOutMs: () => number;
  /** For how many calls units are kept in hand at most. */
  mostCalls: number;
  /** Longest time in ms that a caller waits. */
  waitMs: number;
  /** Longest time in ms to wait for others to give back what they hold. */
  recallPatienceMs: number;
  /** Told of every lease that came, so that units can be put back. */
  onLease: (lease: PooledLease, pool: LeasePool) => void;
}

export interface LeasePool {
  /** Whether so many units can be taken at once. */
  has(units: number, nowMs: number, wallMs: number): boolean;
  /** Takes units that the pool has. */
  take(units: number, atMs: number, nowMs: number): readonly LeasedUnits[];
  /** The refusal that was heard for as many units a moment ago, if any. */
  remembered(units: number, nowMs: number): Refusal | null;
  /** Waits for units. Never rejects. */
  wait(units: number, atMs: number): Promise<PoolAnswer>;
  /** Begins to borrow without anyone waiting: whether the store answers again. */
  probe(atMs: number): void;
  putBack(lease: PooledLease, units: number): void;
  /** Others lack units: gives back what is not handed out, and borrows no more than is needed for a while. */
  recalled: () => void;
  /** Limits or free units changed: what was refused may be granted now. */
  changed: () => void;
  /** Returns what may not be handed out any more; says again what the store did not hear. */
  sweep(): void;
  /** Gives everything back and refuses whoever waits. */
  close(): Promise<void>;
  /** Units left as far as known; null when that is not known. */
  remaining: () => number | null;
  held: () => number;
  leases: () => number;
  /** Units of the last lease. */
  lastLease(): number;
  /** Whether nothing is in hand, under way or owed. */
  isIdle(): boolean;
}

const ASK_AGAIN_MS = 10;
const REMEMBER_MS = 1_000;
/** After a recall, how long no more is borrowed than is needed. */
const SPARING_MS = 1_000;
const UNAVAILABLE: PoolAnswer = { kind: 'unavailable' };

export function createLeasePool(options: LeasePoolOptions): LeasePool {
  const { metric, periodStartMs, counter, outage, now, handOutMs, mostCalls, waitMs, recallPatienceMs, onLease } =
    options;
  const returns = createLeaseReturns(counter.giveBack);
  const purse = createLeasePurse(returns);
  const lender = createLeaseLender({ metric, counter, outage, returns, now, handOutMs });
  const line = createWaitingLine<PoolAnswer>({ waitMs, tooLate: () => UNAVAILABLE });
  const pause = createWakeablePause();
  let borrowing: Promise<void> | null = null;
  let target = targetUnits(null, 1, mostCalls);
  let sample: DemandSample | null = null;
  let sparingUntilMs = -Infinity;
  let refused: { refusal: Refusal; units: number; untilMs: number } | null = null;
  /** Whether the store lent nothing when it was last asked: what may be too little for any call is not kept for rare ones then. */
  let scarce = false;
  let free: number | null = null;
  let lastUnits = 0;
  let changes = 0;
  let calledBack = false;
  let closed = false;

  const pool: LeasePool = {
    has: (units, nowMs, wallMs) => line.isEmpty() && purse.has(Math.ceil(units), nowMs, wallMs),
    take(units, atMs, nowMs) {
      const taken = purse.take(Math.ceil(units));
      if (borrowing === null && runsLowAt(nowMs) && nowMs >= sparingUntilMs) borrowAhead(atMs);
      return taken;
    },
    remembered: (units, nowMs) => (line.isEmpty() ? refusalOf(units, nowMs) : null),
    wait(units, atMs) {
      if (closed) return Promise.resolve(UNAVAILABLE);
      const answer = line.join(units, atMs);
      borrow(atMs);
      return answer;
    },
    probe: (atMs) => borrow(atMs),
    putBack(lease, units) {
      purse.putBack(lease, units, now());
      if (closed) purse.returnAll();
      else serve(null);
    },
    recalled() {
      sparingUntilMs = now().monotonicMs + SPARING_MS;
      calledBack = borrowing !== null;
      purse.returnAll();
    },
    changed() {
      changes += 1;
      refused = null;
      pause.wake();
    },
    sweep() {
      purse.returnOutdated(now(), scarce ? 0 : leastUnits(purse.unitsPerCall()));
      lender.forget();
      if (lender.hasLost()) follow(lender.refundLost, now().wallMs);
      if (returns.owed() > 0 && outage.sinceMs() === null) returns.retry();
    },
    async close() {
      closed = true;
      line.answerAll(UNAVAILABLE);
      pause.wake();
      await borrowing;
      purse.returnAll();
      await returns.idle();
      returns.retry();
      await returns.idle();
    },
    remaining: () => (free === null ? null : free + purse.held()),
    held: purse.held,
    leases: purse.leases,
    lastLease: () => lastUnits,
    isIdle: () => borrowing === null && purse.leases() === 0 && returns.owed() === 0 && line.isEmpty(),
  };
  return pool;

  /** Serves whoever is first in line while there is enough; `whole` is a lease that may be for one call alone. */
  function serve(whole: PooledLease | null): void {
    for (let first = line.first(); first; first = line.first()) {
      if (whole && whole.left > 0 && !Number.isInteger(whole.units)) {
        if (whole.units !== first.units) break;
        line.answerFirst({ kind: 'taken', leases: purse.takeWhole(whole) });
        continue;
      }
      const units = Math.ceil(first.units);
      const { monotonicMs, wallMs } = now();
      if (!purse.has(units, monotonicMs, wallMs)) break;
      line.answerFirst({ kind: 'taken', leases: purse.take(units) });
    }
    // Nobody can call back what is dry, so it must not lie here unused.
    if (line.isEmpty()) purse.returnDry();
  }

  function refusalOf(units: number, nowMs: number): Refusal | null {
    if (refused === null || nowMs >= refused.untilMs) return null;
    return units - purse.held() >= refused.units ? refused.refusal : null;
  }

  function runsLowAt(nowMs: number): boolean {
    if (runsLow(purse.held(), target)) return true;
    return purse.isAgeing(nowMs) && runsLow(purse.lasting(nowMs), target);
  }

  function borrowAhead(atMs: number): void {
    if (!closed && outage.sinceMs() === null) borrow(atMs);
  }

  function borrow(atMs: number): void {
    follow(() => converse(atMs), atMs);
  }

  /** One conversation with the store at a time. */
  function follow(talk: () => Promise<void>, atMs: number): void {
    borrowing ??= talk().finally(() => {
      borrowing = null;
      calledBack = false;
      if (!line.isEmpty()) borrow(atMs);
    });
  }

  /** Talks with the store until nobody waits; at least once. */
  async function converse(atMs: number): Promise<void> {
    let recallSinceMs: number | null = null;
    do {
      const first = line.first();
      const refusal = first && refusalOf(first.units, now().monotonicMs);
      if (refusal) {
        line.answerFirst(refusal);
        continue;
      }
      const asked = demandOf(first?.units ?? 1);
      const before = changes;
      const answer = await lender.ask(first?.atMs ?? atMs, asked);
      const nowMs = now().monotonicMs;
      if (answer === null) return line.answerAll(UNAVAILABLE);
      free = freeUnits(answer.result);
      const { outcome } = answer.result;
      if (outcome === 'recall' && (recallSinceMs ??= nowMs) + recallPatienceMs > nowMs && first) {
        if (before === changes) await pause.rest(ASK_AGAIN_MS);
        continue;
      }
      if (outcome === 'unbounded') return line.answerAll({ kind: 'unbounded' });
      if (outcome === 'lent') take(answer.result, answer.askedAt, asked.want);
      else refuse(answer.result, { units: asked.need, first, changesBefore: before });
      recallSinceMs = null;
    } while (!line.isEmpty() && !closed);
  }

  function demandOf(units: number): { need: number; want: number } {
    const { monotonicMs } = now();
    // A part of a unit is borrowed alone: what the purse holds are whole ones, whose sums are exact.
    if (!Number.isInteger(units)) return { need: units, want: units };
    const present = { atMs: monotonicMs, handedOut: purse.handedOut() };
    const perSecond = demandPerSecond(sample, present);
    if (!sample || monotonicMs - sample.atMs >= 20) sample = present;
    target = targetUnits(perSecond, purse.unitsPerCall(), mostCalls);
    const need = Math.max(1, units - purse.held());
    if (monotonicMs < sparingUntilMs) return { need, want: need };
    return {
      need,
      want: unitsToBorrow({ need, waiting: Math.ceil(line.units()), held: purse.lasting(monotonicMs), target }),
    };
  }

  function take(result: LendResult, askedAt: Moment, want: number): void {
    if (result.leaseId === null) return;
    if (closed || result.periodStart.getTime() !== periodStartMs) {
      lender.refund(result);
      return line.answerAll(UNAVAILABLE);
    }
    const lease = lender.leaseOf(result.leaseId, result, askedAt);
    onLease(lease, pool);
    lastUnits = lease.units;
    scarce = false;
    if (Number.isInteger(lease.units)) purse.add(lease);
    serve(lease);
    if (!Number.isInteger(lease.units) && lease.left > 0) lender.refund(result);
    // The store lends less near the limit; asking at once for the rest would defeat that.
    if (lease.units < want) target = Math.min(target, lease.units);
    if (lease.dry) sparingUntilMs = now().monotonicMs + SPARING_MS;
    if (calledBack) purse.returnAll();
  }

  function refuse(
    result: LendResult,
    asked: { units: number; first: Waiter<PoolAnswer> | undefined; changesBefore: number },
  ): void {
    const reason = result.outcome === 'spend_cap' ? 'spend_cap' : 'quota';
    const { used, leased, limitUnits, fitsInMs } = result;
    const refusal: Refusal = { kind: 'refused', reason, terms: { used, leased, limitUnits, fitsInMs } };
    const nowMs = now().monotonicMs;
    sparingUntilMs = nowMs + SPARING_MS;
    scarce = true;
    // Others may still give back what was called for ahead of demand; and a change that came meanwhile is not in the answer.
    const definite = result.outcome !== 'recall' || asked.first !== undefined;
    if (definite && changes === asked.changesBefore)
      refused = { refusal, units: asked.units, untilMs: nowMs + REMEMBER_MS };
    if (asked.first && line.first() === asked.first) line.answerFirst(refusal);
    serve(null);
  }

  function freeUnits({ limitUnits, used, leased }: LendResult): number | null {
    return limitUnits === null
      ? null
      : Math.max(0, Number(subtractQuantities(subtractQuantities(limitUnits, used), leased)));
  }
}
