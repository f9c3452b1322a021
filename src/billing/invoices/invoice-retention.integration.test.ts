import { createUsageRetention } from '@/metering';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { downloadInvoice } from '@/testing/line-files';
import { quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const DAY_MS = 86_400_000;
const DISPUTE_DAYS = 120;
const START = '2025-01-15T00:00:00Z';
/** A long time ago, as the clock of the application is moved by nobody here. */
const FINALIZED = new Date('2025-02-15T02:00:00Z');

let database: TestDatabase;
beforeEach(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date), ensure_usage_partition('2025-03-01')`);
});
afterEach(() => database.drop());

const removed = async (days: number) => {
  const retention = createUsageRetention({ pool: database.pool, disputeDays: DISPUTE_DAYS });
  return (await retention.removeOld(new Date(FINALIZED.getTime() + days * DAY_MS))).events;
};
/** As if everything had been stored when it happened, more or less. */
const storedLongAgo = async () => {
  await database.pool.query(`update usage_events set stored_at = '2025-03-01'`);
};
const closePeriods = (day: string) => quotaStoresOn(database.pool).quotaStore.closePeriods(new Date(day));

async function subscriber(plan?: string): Promise<string> {
  const id = await createBilledOrganization(database.pool, START);
  if (plan) await startPlan(database.pool, id, plan, new Date(START));
  await usageOn(database.pool)(id, '2025-01-20T10:00:00Z', { documents: 90 }, 3);
  return id;
}

it('keeps the events of a period until it is billed, and of its invoice until it cannot be disputed any more', async () => {
  const { pool } = database;
  const id = await subscriber('starter');
  await closePeriods('2025-10-01');
  await storedLongAgo();
  expect(await removed(220)).toBe(0);
  const billed = await billingOn(pool).billNext(id, FINALIZED);
  await pool.query(
    `update billing_accounts set billed_through = '2025-09-15', next_due_at = '2025-10-15', revised_through = now()`,
  );
  // A draft.
  expect(await removed(220)).toBe(0);
  await pool.query(`update invoice_lines set stored_through = now() where metric is not null`);
  await billingOn(pool).finalizeDrafts(id, FINALIZED);
  const issued = await downloadInvoice(pool, id, billed!.invoiceId!);
  expect(issued.files[0]!.trimEnd().split('\r\n')).toHaveLength(4);
  expect(await removed(DISPUTE_DAYS - 1)).toBe(0);
  expect(await removed(DISPUTE_DAYS)).toBe(3);
});

it('removes the events of periods that came to nothing, and those from before the first', async () => {
  const { pool } = database;
  const id = await subscriber();
  await usageOn(pool)(id, '2024-06-01T10:00:00Z', { documents: 1 }, 2);
  await closePeriods('2025-10-01');
  await storedLongAgo();
  expect(await removed(220)).toBe(2);
  expect((await billingOn(pool).billNext(id, FINALIZED))!.invoiceId).toBeNull();
  expect(await removed(220)).toBe(3);
});

it('keeps late events until the next invoice has them', async () => {
  const { pool } = database;
  const id = await subscriber();
  await billingOn(pool).billNext(id, FINALIZED);
  await usageOn(pool)(id, '2025-01-21T10:00:00Z', { documents: 1 });
  await closePeriods('2025-10-01');
  await pool.query(`update billing_accounts set billed_through = '2025-09-15', next_due_at = '2025-10-15'`);
  await pool.query(`update usage_events set stored_at = '2025-03-01' where occurred_at < '2025-01-21'`);
  await pool.query(`update late_usage_events set stored_at = '2025-03-02'`);
  await pool.query(`update usage_events set stored_at = '2025-03-02' where occurred_at >= '2025-01-21'`);
  await pool.query(`update billing_accounts set revised_through = '2025-03-01'`);
  // Of the same day nothing older than it is kept for its sake.
  expect(await removed(220)).toBe(3);
  await pool.query(`update billing_accounts set revised_through = '2025-03-03'`);
  expect(await removed(220)).toBe(1);
});

it('bills nothing more of a period whose events are not all kept, so that what comes very late holds up no invoice', async () => {
  const { pool } = database;
  const id = await subscriber();
  const billing = billingOn(pool);
  await billing.billNext(id, FINALIZED);
  await storedLongAgo();
  expect(await removed(220)).toBe(3);
  await startPlan(pool, id, 'starter', new Date('2025-02-20T00:00:00Z'));
  await usageOn(pool)(id, '2025-01-25T10:00:00Z', { documents: 500 });
  const at = new Date('2025-03-15T02:00:00Z');
  const billed = await billing.billNext(id, at);
  expect(billed?.invoiceId).not.toBeNull();
  expect(await billing.finalizeDrafts(id, at)).toEqual({ finalized: 1, waiting: 0 });
  const { rows } = await pool.query(`select from invoice_lines where organization_id = $1 and kind = 'adjustment'`, [
    id,
  ]);
  expect(rows).toEqual([]);
});
