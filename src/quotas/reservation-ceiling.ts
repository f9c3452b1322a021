import { type Pool } from 'pg';
import { inTransaction } from '@/db';
import { type Entitlements } from '@/plans/contracts';
import { committedUnits, lockSpendCap } from './quota-lease-queries';
import { type ReservationOwner } from './quota-reservation-store';
import { ceilingOf } from './spend-cap';

/** The most units of a metric, used and lent together, that the owner's spend cap allows at an instant; null without a cap. */
export type ReservationCeiling = (owner: ReservationOwner, metric: string, at: Date) => Promise<number | null>;

/**
 * Unlike lending, which holds the subscription's row until it has lent, this answers and lets go: reservations of two
 * different metrics at one instant may both be granted the last of the money.
 */
export function createReservationCeiling({
  pool,
  entitlements,
}: {
  pool: Pool;
  entitlements: { read(organizationId: string, at: Date): Promise<Entitlements> };
}): ReservationCeiling {
  return async ({ organizationId, livemode }, metric, at) => {
    // Only live usage is billed.
    if (!livemode) return null;
    const known = await entitlements.read(organizationId, at);
    if (known.spendCapMinor === null) return null;
    return inTransaction(pool, async (client) => {
      const capMinor = await lockSpendCap(client, organizationId);
      if (capMinor === null) return null;
      const committed = await committedUnits(client, organizationId, known.period.from);
      return ceilingOf({ metric, capMinor, committed, entitlements: known });
    });
  };
}
