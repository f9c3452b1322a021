import { type Pool } from 'pg';
import { z } from 'zod';
import { type SqlExecutor, sqlStateOf } from '@/db';
import { AppError } from '@/kernel/errors';
import { type LendResult, lendResultOf, type LoanRow } from './quota-lease-store';

/** Units set aside for one call whose cost is known only later. */
export interface Reservation {
  id: string;
  metric: string;
  /** Set aside; 0 < units. */
  units: number;
  /** What was used in the end; null until then. */
  committed: number | null;
  /** `expired` also when the time is over and nobody has cleared it away yet. */
  status: 'open' | 'committed' | 'released' | 'expired';
  periodStart: Date;
  /** Exclusive. */
  periodEnd: Date;
  createdAt: Date;
  expiresAt: Date;
}

/** Whose reservation it is: one made with a test key is not seen by others. */
export interface ReservationOwner {
  organizationId: string;
  livemode: boolean;
}

export interface QuotaReservationStore {
  /**
   * Sets exactly `units` aside for `ttlMs`. The outcomes are those of lending; never `unbounded`.
   * @param executor the connection on which the ceiling holds.
   * @throws AppError invalid_request for a metric whose quantities are not added up, or that does not exist.
   */
  reserve(
    executor: SqlExecutor,
    owner: ReservationOwner,
    request: { metric: string; at: Date; units: number; ttlMs: number; ceiling: number | null },
  ): Promise<LendResult>;
  /**
   * Raises what is set aside to `units` in all, if they fit. `closed`: not open any more. The terms are those of a refusal.
   * @param executor as above.
   */
  extend(
    executor: SqlExecutor,
    owner: ReservationOwner,
    id: string,
    request: { units: number; at: Date; ceiling: number | null },
  ): Promise<{ outcome: 'held' | 'recall' | 'exhausted' | 'spend_cap' | 'closed'; terms: LendResult }>;
  /** Null if the owner has no such reservation. */
  find(owner: ReservationOwner, id: string): Promise<Reservation | null>;
  /** Gives the units back if it is open; null if the owner has no such reservation. */
  giveUp(owner: ReservationOwner, id: string): Promise<Reservation | null>;
}

const row = z
  .object({
    id: z.uuid(),
    metric: z.string(),
    units: z.coerce.number(),
    consumed: z.coerce.number(),
    status: z.enum(['open', 'committed', 'released', 'expired']),
    period_start: z.date(),
    period_end: z.date(),
    lent_at: z.date(),
    reclaim_at: z.date(),
  })
  .transform(({ consumed, period_start, period_end, lent_at, reclaim_at, ...reservation }): Reservation => ({
    ...reservation,
    committed: reservation.status === 'committed' ? consumed : null,
    periodStart: period_start,
    periodEnd: period_end,
    createdAt: lent_at,
    expiresAt: reclaim_at,
  }));

const FIND = `
  select l.id, l.metric, l.units, l.consumed, l.period_start, p.period_end, l.lent_at, l.reclaim_at,
    case when l.state = 'closed' then 'committed' when l.state = 'open' and l.reclaim_at <= clock_timestamp() then 'expired' else l.state end as status
  from quota_leases l
  join subscriptions s using (organization_id)
  cross join lateral billing_period(s.anchor, l.period_start) p
  where l.id = $3 and l.organization_id = $1 and l.livemode = $2 and l.kind = 'reservation'`;

const EXTENDED = ['held', 'recall', 'exhausted', 'spend_cap'] as const;

/** What the functions of the migration raise about the request itself. */
const REFUSED = new Set(['TG004', 'TG006', '22023']);

export function createQuotaReservationStore({ pool }: { pool: Pool }): QuotaReservationStore {
  async function find({ organizationId, livemode }: ReservationOwner, id: string): Promise<Reservation | null> {
    const { rows } = await pool.query(FIND, [organizationId, livemode, id]);
    return rows[0] === undefined ? null : row.parse(rows[0]);
  }

  return {
    async reserve(executor, { organizationId, livemode }, { metric, at, units, ttlMs, ceiling }) {
      const reserved = executor.query('select * from reserve_quota($1, $2, $3, $4, $5, $6, $7)', [
        organizationId,
        livemode,
        metric,
        at,
        units,
        ttlMs,
        ceiling,
      ]);
      const { rows } = (await reserved.catch((cause: unknown) => {
        if (!REFUSED.has(sqlStateOf(cause) ?? '')) throw cause;
        throw new AppError('invalid_request', `Units of ${metric} cannot be reserved.`, { cause });
      })) as { rows: LoanRow[] };
      return lendResultOf(rows[0]!);
    },

    async extend(executor, { organizationId }, id, { units, at, ceiling }) {
      const { rows } = (await executor.query('select * from extend_reservation($1, $2, $3, $4, $5)', [
        organizationId,
        id,
        units,
        at,
        ceiling,
      ])) as { rows: (Omit<LoanRow, 'outcome'> & { outcome: string })[] };
      const row = rows[0]!;
      const outcome = EXTENDED.find((known) => known === row.outcome) ?? 'closed';
      return { outcome, terms: lendResultOf({ ...row, outcome: 'exhausted' }) };
    },

    find,

    async giveUp(owner, id) {
      if ((await find(owner, id)) === null) return null;
      await pool.query('select release_reservation($1, $2)', [owner.organizationId, id]);
      return find(owner, id);
    },
  };
}
