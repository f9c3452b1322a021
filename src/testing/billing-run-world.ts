/** Organizations that are due, and runs of billing over them whose steps a test can hold up, fail and follow. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { createBillingRuns, type BillingRuns } from '@/billing/runs/billing-runs';
import { type BillingSteps } from '@/billing/runs/run-billing';
import { inTransaction } from '@/db';
import { createOrganization } from './test-database';

const GRACE_MS = 3_600_000;
export const BILLING_NOW = new Date('2027-06-10T02:00:00Z');
export const BY_SCHEDULER = { dryRun: false, startedBy: 'scheduler' };

/** An organization whose first period ends on a day of 2027, e.g. 05-01; its periods are months. */
export async function dueAccount(pool: Pool, day: string): Promise<string> {
  const { id } = await createOrganization(pool);
  const end = new Date(`2027-${day}T00:00:00Z`);
  const anchor = new Date(end);
  anchor.setUTCMonth(anchor.getUTCMonth() - 1);
  await pool.query('update subscriptions set anchor = $2::timestamptz::date where organization_id = $1', [id, anchor]);
  await pool.query('update billing_accounts set billed_through = $2, next_due_at = $3 where organization_id = $1', [
    id,
    anchor,
    end,
  ]);
  return id;
}

export interface BillingWorld {
  pool: Pool;
  now: Date;
  /** Every step in the order in which it was taken. */
  steps: string[];
  /** Called before a period is billed, in its transaction. */
  onBill: (organizationId: string) => Promise<void> | void;
  afterBilling: BillingSteps['afterBilling'];
  elapsedMs: number;
}

export function createBillingWorld(pool: Pool): BillingWorld {
  return {
    pool,
    now: BILLING_NOW,
    steps: [],
    onBill: () => undefined,
    afterBilling: async () => undefined,
    elapsedMs: 0,
  };
}

/** Bills as the real steps do, in one transaction with the account held, but for what an invoice says. */
const stepsOf = (world: BillingWorld): BillingSteps => ({
  billNext: (organizationId, at, { dryRun = false } = {}) =>
    inTransaction(world.pool, async (client) => {
      const { rows } = await client.query<{ billed_through: Date; next_due_at: Date }>(
        'select billed_through, next_due_at from billing_accounts where organization_id = $1 for update',
        [organizationId],
      );
      const { billed_through: periodStart, next_due_at: end } = rows[0]!;
      if (end.getTime() + GRACE_MS > at.getTime()) return null;
      await world.onBill(organizationId);
      if (!dryRun) {
        await client.query(
          `update billing_accounts a set billed_through = a.next_due_at, next_due_at = p.period_end
           from subscriptions s cross join lateral billing_period(s.anchor, $2) p
           where a.organization_id = $1 and s.organization_id = $1`,
          [organizationId, end],
        );
      }
      world.steps.push(`bill ${organizationId} ${periodStart.toISOString().slice(0, 10)}`);
      return { periodStart, invoiceId: dryRun ? null : randomUUID(), subtotalMinor: 1_250, currency: 'USD' };
    }),
  finalizeDrafts: async (organizationId) => void world.steps.push(`finalize ${organizationId}`),
  handOver: async (organizationId) => void world.steps.push(`hand over ${organizationId}`),
  afterBilling: (...given) => world.afterBilling(...given),
});

/** The runs as a process has them, with steps that only note what was billed. */
export function billingRunsOf(
  world: BillingWorld,
  given: { leaseMs?: number; budgetMs?: number; concurrency?: number; steps?: Partial<BillingSteps> } = {},
): BillingRuns {
  const { leaseMs = 60_000, budgetMs = 60_000, concurrency = 2, steps } = given;
  return createBillingRuns({
    pool: world.pool,
    steps: { ...stepsOf(world), ...steps },
    clock: { now: () => world.now },
    monotonicMs: () => performance.now() + world.elapsedMs,
    graceMs: GRACE_MS,
    leaseMs,
    budgetMs,
    concurrency,
    warn: () => undefined,
  });
}

/** Periods in the order in which they were billed. */
export const billedIn = ({ steps }: BillingWorld) => steps.filter((step) => step.startsWith('bill'));
