/** Organizations that are billed: with a sign-up in the past, usage that comes when a test says so, and the real steps of billing. */
import { type Pool } from 'pg';
import {
  createBillPeriods,
  createFinalizeInvoices,
  createHandOver,
  createPreviewInvoice,
  createSealLines,
} from '@/billing';
import { createLabelStore, createUsageStore } from '@/metering';
import { type UsageEvent } from '@/metering/contracts';
import { createMetricCatalogue, createPlanCatalogue, type PlanCatalogue } from '@/plans';
import { createOrganization } from './test-database';
import { buildUsageEvent } from './usage-event-builder';

const GRACE_MS = 3_600_000;

/** An organization that signed up at an instant, so that its periods are counted from that day, on the free plan. */
export async function createBilledOrganization(pool: Pool, signedUpAt: string): Promise<string> {
  const { id } = await createOrganization(pool);
  await pool.query('update subscriptions set anchor = $2::date, created_at = $3 where organization_id = $1', [
    id,
    signedUpAt.slice(0, 10),
    signedUpAt,
  ]);
  await pool.query(
    `update billing_accounts a set billed_through = p.period_start, next_due_at = p.period_end
     from billing_period($2::date, $2::date::timestamp at time zone 'UTC') p where a.organization_id = $1`,
    [id, signedUpAt.slice(0, 10)],
  );
  return id;
}

/** What one process of the product bills with. */
export function billingOn(
  pool: Pool,
  {
    zeroInvoices = 'skip',
    catalogue = createPlanCatalogue({ pool }),
  }: { zeroInvoices?: 'skip' | 'issue'; catalogue?: PlanCatalogue } = {},
) {
  return {
    catalogue,
    ...createBillPeriods({ pool, catalogue, graceMs: GRACE_MS, zeroInvoices, collectionOf: async () => 'manual' }),
    ...createPreviewInvoice({ pool, catalogue }),
    ...createFinalizeInvoices({
      pool,
      seller: { name: 'Tollgate', lines: [], tax_id: null, email: null },
      reviewMs: 0,
      paymentMs: 14 * 86_400_000,
      seal: createSealLines({ pool }).sealLines,
      unprintable: () => [],
    }),
    ...createHandOver({
      pool,
      appUrl: 'http://127.0.0.1:3000',
      send: async () => undefined,
      handToStripe: async () => 0,
    }),
  };
}

/** Records usage, each quantity as an event of its own. */
export function usageOn(pool: Pool) {
  const store = createUsageStore({
    pool,
    labels: createLabelStore({ pool }),
    catalogue: createMetricCatalogue({ pool }),
    routeLimit: 500,
  });
  return (organizationId: string, at: string, quantities: UsageEvent['quantities'], count = 1) =>
    store.record(
      Array.from({ length: count }, () =>
        buildUsageEvent({ organizationId, occurredAtMs: new Date(at).getTime(), quantities }),
      ),
    );
}
