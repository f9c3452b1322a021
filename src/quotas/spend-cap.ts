/**
 * Lends under a spend cap: what overage costs is known to the price functions here and not to the database. The
 * subscription's row is locked from the pricing to the lending, so two processes cannot spend the same money.
 */
import { Decimal } from 'decimal.js';
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { fromMinor, toMinor } from '@/kernel/money';
import { overageCost, unitsWithin } from '@/plans';
import { type Entitlements } from '@/plans/contracts';
import { committedUnits, lockSpendCap } from './quota-lease-queries';
import { type LendRequest, type LendResult } from './quota-store';

/** A cap that no usage reaches: the quantity on any event is smaller. */
const NO_END = 1e18;

export interface SpendCap {
  /** Lends no more than the organization's spend cap allows; outcome `spend_cap` where it stands in the way. */
  lend(request: LendRequest, entitlements: Entitlements): Promise<LendResult>;
}

export function createSpendCap({
  pool,
  lendIn,
}: {
  pool: Pool;
  /** Lends in the transaction of a connection. */
  lendIn: (client: PoolClient, request: LendRequest) => Promise<LendResult>;
}): SpendCap {
  return {
    lend: (request, entitlements) =>
      inTransaction(pool, async (client) => {
        const capMinor = await lockSpendCap(client, request.organizationId);
        if (capMinor === null) return lendIn(client, request);
        const committed = await committedUnits(client, request.organizationId, entitlements.period.from);
        const ceiling = ceilingOf({ metric: request.metric, capMinor, committed, entitlements });
        return lendIn(client, { ...request, ceiling });
      }),
  };
}

/**
 * The most units of a metric, used and lent together, that the spend cap allows: what the overage of every other metric
 * costs is spent already. Each metric is rounded once to minor units, as a line of an invoice is.
 * @param committed metric to units used and lent in the period, as exact decimals
 */
export function ceilingOf(given: {
  metric: string;
  capMinor: number;
  committed: ReadonlyMap<string, string>;
  entitlements: Entitlements;
}): number {
  const { metric, capMinor, committed, entitlements } = given;
  const { limits, plan } = entitlements;
  let leftMinor = capMinor;
  for (const [other, units] of committed) {
    const limit = other === metric ? undefined : limits.get(other);
    if (!limit?.price || limit.included === null) continue;
    const overage = Decimal.max(0, Decimal.sub(units, limit.included));
    leftMinor -= toMinor(overageCost(limit.price, overage), plan.currency);
  }
  const limit = limits.get(metric);
  if (!limit || limit.included === null) return NO_END;
  if (!limit.price) return limit.included;
  const units = unitsWithin(limit.price, new Decimal(fromMinor(Math.max(0, leftMinor), plan.currency)));
  return units === null ? NO_END : units.plus(limit.included).toNumber();
}
