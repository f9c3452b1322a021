import { type Pool } from 'pg';
import { type SqlExecutor } from '@/db';
import { exactQuantity, type ExactQuantity } from '@/kernel/quantity';

/** How many units a process wants to borrow. Quantities are in the metric's unit. */
export interface LendRequest {
  organizationId: string;
  livemode: boolean;
  metric: string;
  /** The application's present instant; the units belong to the period that holds it. */
  at: Date;
  /** Fewer are of no use; of a gauge, the value to be reached. More than 0. */
  need: number;
  /** More than this is not lent. */
  want: number;
  /** The id of the process's journal, else one of its own. */
  holderId: string;
  /** For how long units of the lease may be handed out, in ms. */
  useMs: number;
  /** After which what is neither settled nor returned is released, in ms. */
  reclaimMs: number;
  /** The highest used + leased that the spend cap allows; without it a capped organization gets no overage. */
  ceiling: number | null;
}

/**
 * `lent`; `unbounded`: nothing needs lending (for a gauge: the value fits); `recall`: others were asked to return units, so
 * ask again in a moment; `exhausted` and `spend_cap`: definite for now.
 */
type LendOutcome = 'lent' | 'unbounded' | 'recall' | 'exhausted' | 'spend_cap';

/** What became of a request, and the counter as it was then. */
export interface LendResult {
  outcome: LendOutcome;
  /** Null unless `lent`. */
  leaseId: string | null;
  units: number;
  /** Exactly what was needed was lent: near the limit nothing may lie idle. */
  dry: boolean;
  used: ExactQuantity;
  /** The lease included. */
  leased: ExactQuantity;
  /** With override and grants; null is unlimited. */
  included: number | null;
  /** With the ceiling; null is unbounded. */
  limitUnits: ExactQuantity | null;
  /** Where units are lacking: in how many ms so many may have come back at the earliest; null is not in this period. */
  fitsInMs: number | null;
  periodStart: Date;
  /** Exclusive. */
  periodEnd: Date;
}

export interface QuotaLeaseStore {
  /** @throws pg's error when the database cannot be asked; the units may have been lent all the same. */
  lend(request: LendRequest): Promise<LendResult>;
  /** The same in a transaction of the caller's. */
  lendIn(executor: SqlExecutor, request: LendRequest): Promise<LendResult>;
  /**
   * Takes back units that were not handed out. `returnedTotal` counts from the lending on, so saying it twice, or an older
   * total later, changes nothing. `dry`: nothing of the lease is left to be handed out.
   */
  return(leaseId: string, returnedTotal: number, dry: boolean): Promise<void>;
  /**
   * Releases all that a process holds which has ended, and of which everything durable is recorded; from now on it gets no
   * lease any more. Resolves to the number of leases.
   */
  releaseHolder(holderId: string): Promise<number>;
  /** Releases the leases and reservations whose time is over, everywhere; resolves to how many. */
  releaseExpired(): Promise<number>;
}

/** A `quota_loan` as pg reads it. */
export interface LoanRow {
  outcome: LendOutcome;
  lease_id: string | null;
  units: string;
  dry: boolean;
  used: string;
  leased: string;
  included: string | null;
  limit_units: string | null;
  fits_in_ms: string | null;
  period_start: Date;
  period_end: Date;
}

const numberOrNull = (value: string | null): number | null => (value === null ? null : Number(value));

export const lendResultOf = (row: LoanRow): LendResult => ({
  outcome: row.outcome,
  leaseId: row.lease_id,
  units: Number(row.units),
  dry: row.dry,
  used: exactQuantity(row.used),
  leased: exactQuantity(row.leased),
  included: numberOrNull(row.included),
  limitUnits: row.limit_units === null ? null : exactQuantity(row.limit_units),
  fitsInMs: numberOrNull(row.fits_in_ms),
  periodStart: row.period_start,
  periodEnd: row.period_end,
});

/** Counters locked by one transaction that releases: those who lend and record wait for them. */
const COUNTERS_AT_ONCE = 100;

/** Lends units and takes them back; each call is one statement, but for releasing, which takes as many as it needs. The rules are in the functions of the migration. */
export function createQuotaLeaseStore({ pool }: { pool: Pool }): QuotaLeaseStore {
  async function lendOn(executor: SqlExecutor, request: LendRequest): Promise<LendResult> {
    const { organizationId, livemode, metric, at, need, want, holderId, useMs, reclaimMs, ceiling } = request;
    const { rows } = (await executor.query('select * from lend_quota($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
      organizationId,
      livemode,
      metric,
      at,
      need,
      want,
      holderId,
      useMs,
      reclaimMs,
      ceiling,
    ])) as { rows: LoanRow[] };
    return lendResultOf(rows[0]!);
  }

  async function untilNone(sql: string, values: unknown[]): Promise<number> {
    for (let released = 0; ;) {
      const { rows } = await pool.query<{ count: number }>(sql, values);
      if (rows[0]!.count === 0) return released;
      released += rows[0]!.count;
    }
  }

  return {
    lend: (request) => lendOn(pool, request),
    lendIn: (executor, request) => lendOn(executor, request),
    async return(leaseId, returnedTotal, dry) {
      await pool.query('select return_quota($1, $2, $3)', [leaseId, returnedTotal, dry]);
    },
    releaseHolder: (holderId) =>
      untilNone('select release_quota_holder($1, $2) as count', [holderId, COUNTERS_AT_ONCE]),
    releaseExpired: () => untilNone('select release_expired_quota($1) as count', [COUNTERS_AT_ONCE]),
  };
}
