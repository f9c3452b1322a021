/**
 * Lends and reserves under a spend cap: what overage costs is known to the price functions here and not to the database.
 *
 *   lock the subscription's row ─▶ read terms and counters ─▶ price what is committed ─▶ lend or reserve ─▶ commit
 *
 * Whatever commits money of an organization, of any metric and by any process, goes this way, and a change of its plan, cap
 * or agreements takes the same lock. So nobody prices by what is not true any more, and nobody spends the same money twice.
 */
import { Decimal } from 'decimal.js';
import { type Pool, type PoolClient } from 'pg';
import { inTransaction, type SqlExecutor } from '@/db';
import { fromMinor, toMinor } from '@/kernel/money';
import { type PlanCatalogue, readEntitlements } from '@/plans';
import { type EffectiveLimit, type Entitlements } from '@/plans/contracts';
import { dearestCost, unitsWithin } from '@/rating';
import { type CommittedUnits, committedUnits, lockSpendCap } from './store/quota-lease-queries';
import { type LendRequest, type LendResult, type QuotaStore } from './store/quota-store';

/** A cap that no usage reaches: it takes 10^12 events of the largest quantity there is. */
const NO_END = 1e30;

/** Whose units of which metric, in the period that holds an instant. */
type Spender = Pick<LendRequest, 'organizationId' | 'livemode' | 'metric' | 'at'>;

/** Told the highest used + leased that the spend cap allows; null where there is no cap. */
type Work<T> = (executor: SqlExecutor, ceiling: number | null) => Promise<T>;

export interface SpendCap {
  /** Lends no more than the organization's spend cap allows; outcome `spend_cap` where it stands in the way. */
  lend(request: LendRequest): Promise<LendResult>;
  /**
   * Does what may commit units of a metric, by statements on `executor`, while the ceiling holds.
   * @throws AppError not_found for an unknown organization.
   */
  within<T>(spender: Spender, work: Work<T>): Promise<T>;
}

export function createSpendCap({
  pool,
  catalogue,
  store,
}: {
  pool: Pool;
  catalogue: PlanCatalogue;
  store: Pick<QuotaStore, 'lendIn'>;
}): SpendCap {
  async function ceilingIn(client: PoolClient, { organizationId, metric, at }: Spender): Promise<number | null> {
    const capMinor = await lockSpendCap(client, organizationId);
    if (capMinor === null) return null;
    const { entitlements } = await readEntitlements(client, catalogue, organizationId, at);
    const committed = await committedUnits(client, organizationId, entitlements.period.from);
    return ceilingOf({ metric, capMinor, committed, entitlements });
  }

  const underLock = <T>(spender: Spender, work: Work<T>): Promise<T> =>
    inTransaction(pool, async (client) => work(client, await ceilingIn(client, spender)));

  return {
    lend: (request) => underLock(request, (executor, ceiling) => store.lendIn(executor, { ...request, ceiling })),

    async within(spender, work) {
      // Only live usage is billed.
      if (!spender.livemode) return work(pool, null);
      // The catalogue knows the plan from here on: who holds a connection must not wait for another.
      const { entitlements } = await readEntitlements(pool, catalogue, spender.organizationId, spender.at);
      // Where a cap is set this very moment, the database gives no overage to who names no ceiling.
      return entitlements.spendCapMinor === null ? work(pool, null) : underLock(spender, work);
    },
  };
}

/**
 * The most units of a metric, used and lent together, that the spend cap allows: what the overage of every other metric
 * costs is spent already, lent units as if they were used, or as they are not where that is dearer. Each metric is rounded
 * once to minor units, as a line of an invoice is.
 */
export function ceilingOf(given: {
  metric: string;
  capMinor: number;
  /** By metric. */
  committed: ReadonlyMap<string, CommittedUnits>;
  entitlements: Pick<Entitlements, 'limits' | 'plan'>;
}): number {
  const { metric, capMinor, committed, entitlements } = given;
  const { limits, plan } = entitlements;
  let leftMinor = capMinor;
  for (const [other, units] of committed) {
    const limit = limits.get(other);
    if (other !== metric && limit) leftMinor -= toMinor(committedCost(limit, units), plan.currency);
  }
  const limit = limits.get(metric);
  if (!limit || limit.included === null) return NO_END;
  if (!limit.price) return limit.included;
  const units = unitsWithin(limit.price, new Decimal(fromMinor(Math.max(0, leftMinor), plan.currency)));
  return units === null ? NO_END : units.plus(limit.included).toNumber();
}

/** What the overage of a metric may come to, in major units of the plan's currency, without anything more being lent. */
function committedCost(
  { price, included }: Pick<EffectiveLimit, 'price' | 'included'>,
  { used, leased }: CommittedUnits,
): Decimal {
  if (!price || included === null) return new Decimal(0);
  const overage = (units: Decimal) => Decimal.max(0, units.minus(included));
  return dearestCost(price, overage(new Decimal(used)), overage(Decimal.add(used, leased)));
}
