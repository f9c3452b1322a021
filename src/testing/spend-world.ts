/** An organization whose overage of several metrics costs money under one spend cap, and processes that spend it at once. */
import { randomUUID } from 'node:crypto';
import { Decimal } from 'decimal.js';
import { Pool } from 'pg';
import { createPlanCatalogue } from '@/plans';
import { overageCost } from '@/rating';
import { type PriceModel } from '@/rating/contracts';
import { createQuotaReservations } from '@/quotas';
import { createSubscriber, lendRequest, quotaStoresOn, setSpendCap, startPlan } from './quota-fixture';
import { type TestDatabase } from './test-database';

/** What the plan of these organizations includes and charges: whole units cost whole cents. */
const METERED: Record<string, { included: number; price: PriceModel }> = {
  api_calls: { included: 10, price: { model: 'per_unit', unit_price: '0.01' } },
  documents: { included: 2, price: { model: 'per_unit', unit_price: '0.50' } },
  ai_tokens: { included: 100, price: { model: 'package', package_size: '10', package_price: '0.03' } },
  call_minutes: {
    included: 0,
    price: {
      model: 'volume',
      tiers: [
        { up_to: '40', unit_price: '0.05' },
        { up_to: null, unit_price: '0.02' },
      ],
    },
  },
};
export const SPENT_METRICS = Object.keys(METERED);

/** Publishes the plan of these organizations as the newest version of pro. */
export async function publishMeteredPlan({ pool }: TestDatabase): Promise<void> {
  await createPlanCatalogue({ pool }).createPlanVersion(
    {
      plan_key: 'pro',
      price_minor: 4_900,
      currency: 'USD',
      requests_per_minute: 1_000,
      features: {},
      limits: Object.entries(METERED).map(([metric, limit]) => ({ metric, enforcement: 'overage' as const, ...limit })),
    },
    async () => undefined,
  );
}

/** A subscriber of that plan since 1 January 2026. */
export async function createSpender({ pool }: TestDatabase, capMinor: number | null): Promise<string> {
  const organizationId = await createSubscriber(pool);
  await startPlan(pool, organizationId, 'pro', new Date('2026-01-01T00:00:00Z'));
  await setSpendCap(pool, organizationId, capMinor);
  return organizationId;
}

/** What is used and lent of the spender's metrics would cost at one moment in the period that holds `at`, in cents. */
export async function committedCents({ pool }: TestDatabase, organizationId: string, at: Date): Promise<number> {
  const { rows } = await pool.query<{ metric: string; units: string }>(
    `select c.metric, (c.used + c.leased)::text as units
     from quota_counters c join subscriptions s using (organization_id) cross join lateral billing_period(s.anchor, $2) p
     where organization_id = $1 and c.livemode and c.period_start = p.period_start`,
    [organizationId, at],
  );
  return rows.reduce((cents, { metric, units }) => {
    const { included, price } = METERED[metric]!;
    return (
      cents +
      overageCost(price, Decimal.max(0, Decimal.sub(units, included)))
        .times(100)
        .toNumber()
    );
  }, 0);
}

/** What one process of the product has: connections, catalogue and stores of its own. */
export function startSpendingProcess({ url }: TestDatabase, clock: { now: () => Date }) {
  const pool = new Pool({ connectionString: url, max: 4, options: '-c timezone=UTC' });
  // A connection that the database ends while nobody uses it is no failure of a test.
  pool.on('error', () => undefined);
  const { quotaStore, usageStore, spendCap } = quotaStoresOn(pool);
  const holderId = randomUUID();
  return {
    usageStore,
    reservations: createQuotaReservations({ store: quotaStore.reservations, usageStore, spendCap, clock }),
    /** Borrows for calls; a lease that is not needed is given back with `giveBack`. */
    lend: (organizationId: string, given: { metric: string; need: number; want?: number }) =>
      spendCap.lend(lendRequest({ organizationId, at: clock.now(), holderId, want: given.need, ...given })),
    giveBack: (leaseId: string, returnedTotal: number) => quotaStore.return(leaseId, returnedTotal, true),
    spendCap,
    close: () => pool.end(),
  };
}
export type SpendingProcess = ReturnType<typeof startSpendingProcess>;
