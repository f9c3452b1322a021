import { type Pool } from 'pg';

export interface BillingLease {
  /**
   * Whether nobody else can have it yet. Judged by this process's own clock from the moment before it last asked for more time,
   * so a process that was paused, or cannot reach the database, knows of itself that its time is over.
   */
  isHeld(): boolean;
  /** Asks for more time. A database that does not answer changes nothing: the time that is left runs on. */
  renew(): Promise<void>;
  /** Notes that everybody is billed up to a moment, if it is still held at the database. @returns whether it was. */
  moveWatermark(at: Date): Promise<boolean>;
  /** Lets the next one begin at once. */
  release(): Promise<void>;
}

interface LeaseOptions {
  pool: Pool;
  /** Who takes it; unique. */
  holder: string;
  /** How long it holds without being renewed, in ms. */
  leaseMs: number;
  monotonicMs: () => number;
}

const EXPIRY = `clock_timestamp() + $2 * interval '1 millisecond'`;

/**
 * Takes the right to bill: one holder at a time, by the clock of the database. That of a killed holder runs out.
 *
 * It saves work and keeps runs apart; that nothing is billed twice does not rest on it, but on the lock of each account.
 * @returns null while somebody else has it.
 */
export async function takeBillingLease({
  pool,
  holder,
  leaseMs,
  monotonicMs,
}: LeaseOptions): Promise<BillingLease | null> {
  let heldUntilMs = monotonicMs() + leaseMs;
  const { rowCount } = await pool.query(
    `update billing_lease set holder = $1, expires_at = ${EXPIRY} where holder is null or expires_at <= clock_timestamp()`,
    [holder, leaseMs],
  );
  if (rowCount === 0) return null;

  return {
    isHeld: () => monotonicMs() < heldUntilMs,

    async renew() {
      const untilMs = monotonicMs() + leaseMs;
      const renewed = await pool.query(
        `update billing_lease set expires_at = ${EXPIRY} where holder = $1 and expires_at > clock_timestamp()`,
        [holder, leaseMs],
      );
      heldUntilMs = renewed.rowCount === 1 ? untilMs : -Infinity;
    },

    async moveWatermark(at) {
      const moved = await pool.query(
        `update billing_lease set watermark = greatest(watermark, $2) where holder = $1 and expires_at > clock_timestamp()`,
        [holder, at],
      );
      return moved.rowCount === 1;
    },

    async release() {
      await pool.query(`update billing_lease set holder = null, expires_at = '-infinity' where holder = $1`, [holder]);
    },
  };
}
