/**
 * Units set aside for a call whose cost is known only afterwards.
 *
 *   reserve ─▶ open ─┬─ commit(actual) ─▶ committed    recorded as one usage event, in the period of the reservation
 *                    ├─ release ────────▶ released     nothing was used
 *                    └─ time over ──────▶ expired      nothing was used, and it can be committed no more
 *
 * The event's id is the reservation's and its recording is fenced, so a commit counts once or not at all, whoever repeats it.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { type Clock } from '@/kernel/clock';
import { NO_REQUEST, type UsageStore } from '@/metering';
import { RESERVATIONS, type UsageEvent } from '@/metering/contracts';
import { type CounterTerms } from './gate/decide-quota';
import { type QuotaReservationStore, type Reservation, type ReservationOwner } from './store/quota-reservation-store';
import { type SpendCap } from './spend-cap';

export interface ReservationRefusal {
  outcome: 'refused';
  metric: string;
  /** `quota` also when other processes did not return enough in time. */
  reason: 'quota' | 'spend_cap';
  terms: CounterTerms;
}

export type ReserveResult = { outcome: 'reserved'; reservation: Reservation } | ReservationRefusal;

export type CommitResult =
  /** Counted now or by an earlier commit of the same quantity. */
  | { outcome: 'committed'; reservation: Reservation }
  /** It was committed with another quantity. */
  | { outcome: 'conflict'; reservation: Reservation }
  /** It is over; nothing was counted. */
  | { outcome: 'released' | 'expired'; reservation: Reservation }
  | { outcome: 'unknown' }
  /** More is needed than was reserved, and the rest does not fit; the reservation stays as it was. */
  | ReservationRefusal;

export type ReleaseResult =
  { outcome: 'released' | 'committed' | 'expired'; reservation: Reservation } | { outcome: 'unknown' };

export interface QuotaReservations {
  /**
   * Sets `units` of a metric aside for `ttlMs`: 1 s to 24 h.
   * @throws AppError invalid_request for a metric that cannot be reserved.
   */
  reserve(owner: ReservationOwner, request: { metric: string; units: number; ttlMs: number }): Promise<ReserveResult>;
  /**
   * Counts what was really used: 0 or more, also more than was reserved if it fits.
   * @throws AppError unavailable when the database cannot be reached; the commit may be repeated.
   */
  commit(owner: ReservationOwner, id: string, actual: number, apiKeyId?: string | null): Promise<CommitResult>;
  /** Gives the units back. Repeating it is harmless. */
  release(owner: ReservationOwner, id: string): Promise<ReleaseResult>;
}

interface QuotaReservationsOptions {
  store: QuotaReservationStore;
  usageStore: UsageStore;
  clock: Clock;
  spendCap: Pick<SpendCap, 'within'>;
}

/** Longest time in ms to wait for processes to return units, and how often to look. */
const RECALL_PATIENCE_MS = 300;
const ASK_AGAIN_MS = 10;
/** A commit meets another of the same reservation, or its end, this often at most. */
const ATTEMPTS = 4;

export function createQuotaReservations(options: QuotaReservationsOptions): QuotaReservations {
  const { store, usageStore, clock, spendCap } = options;

  async function reserve(
    owner: ReservationOwner,
    { metric, units, ttlMs }: { metric: string; units: number; ttlMs: number },
  ) {
    const at = clock.now();
    const loan = await untilRecalled(
      () =>
        spendCap.within({ ...owner, metric, at }, (executor, ceiling) =>
          store.reserve(executor, owner, { metric, at, units, ttlMs, ceiling }),
        ),
      ({ outcome }) => outcome === 'recall',
    );
    const reservation = loan.leaseId === null ? null : await store.find(owner, loan.leaseId);
    if (reservation) return { outcome: 'reserved', reservation } as const;
    return refusal(metric, loan.outcome, loan);
  }

  async function commit(owner: ReservationOwner, id: string, actual: number, apiKeyId: string | null = null) {
    for (let attempt = 1; ; attempt++) {
      const reservation = await store.find(owner, id);
      if (reservation === null) return { outcome: 'unknown' } as const;
      if (reservation.status !== 'open' || attempt > ATTEMPTS) return concluded(reservation, actual);
      if (actual > reservation.units) {
        const extended = await extend(owner, reservation, actual);
        if (extended.outcome === 'closed') continue;
        if (extended.outcome !== 'held') return refusal(reservation.metric, extended.outcome, extended.terms);
      }
      await usageStore.record([eventOf(owner, reservation, actual, apiKeyId, clock.now())], { fenced: true });
    }
  }

  async function extend(owner: ReservationOwner, reservation: Reservation, units: number) {
    const { id, metric } = reservation;
    const at = instantWithin(reservation, clock.now());
    return untilRecalled(
      () =>
        spendCap.within({ ...owner, metric, at }, (executor, ceiling) =>
          store.extend(executor, owner, id, { units, at, ceiling }),
        ),
      ({ outcome }) => outcome === 'recall',
    );
  }

  async function release(owner: ReservationOwner, id: string): Promise<ReleaseResult> {
    const reservation = await store.giveUp(owner, id);
    if (reservation === null) return { outcome: 'unknown' };
    // One whose time is over is given up just the same.
    return { outcome: reservation.status === 'open' ? 'released' : reservation.status, reservation };
  }

  return { reserve, commit, release };
}

/** Asks again while others are returning units. */
async function untilRecalled<T>(ask: () => Promise<T>, isRecall: (answer: T) => boolean): Promise<T> {
  const sinceMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (!isRecall(answer) || performance.now() - sinceMs > RECALL_PATIENCE_MS) return answer;
    await pause(ASK_AGAIN_MS);
  }
}

const refusal = (
  metric: string,
  outcome: string,
  { used, leased, limitUnits, fitsInMs }: CounterTerms,
): ReservationRefusal => ({
  outcome: 'refused',
  metric,
  reason: outcome === 'spend_cap' ? 'spend_cap' : 'quota',
  terms: { used, leased, limitUnits, fitsInMs },
});

function concluded(reservation: Reservation, actual: number): CommitResult {
  const { status, committed } = reservation;
  if (status === 'released' || status === 'expired') return { outcome: status, reservation };
  // Still open after all: somebody else reported an event under the id of this one.
  return { outcome: committed === actual ? 'committed' : 'conflict', reservation };
}

/** The instant at which a reservation counts: in its period, where its units are set aside, even if the next has begun. */
const instantWithin = ({ periodStart, periodEnd }: Reservation, now: Date): Date =>
  new Date(Math.max(periodStart.getTime(), Math.min(now.getTime(), periodEnd.getTime() - 1)));

function eventOf(
  { organizationId, livemode }: ReservationOwner,
  reservation: Reservation,
  actual: number,
  apiKeyId: string | null,
  now: Date,
): UsageEvent {
  const { id, metric, units } = reservation;
  return {
    id: `reservation:${id}`,
    organizationId,
    source: RESERVATIONS,
    occurredAtMs: instantWithin(reservation, now).getTime(),
    livemode,
    ...NO_REQUEST,
    apiKeyId,
    quantities: { [metric]: actual },
    leases: [{ leaseId: id, metric, units: Math.max(units, actual) }],
  };
}
