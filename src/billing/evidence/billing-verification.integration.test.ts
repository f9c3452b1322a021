import { inTrial } from '@/db';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { verifyBilling, verifyBillingIn } from './billing-verification';

const START = '2026-01-15T00:00:00Z';
const after = (day: string) => new Date(`${day}T02:00:00Z`);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  await pool.query(`select ensure_usage_partition(now()::date)`);
  const id = await createBilledOrganization(pool, START);
  await startPlan(pool, id, 'starter', new Date(START));
  const record = usageOn(pool);
  await record(id, '2026-01-20T10:00:00Z', { documents: 251 }, 2);
  await record(id, '2026-01-21T10:00:00Z', { storage_gb: 30 });
  await billingOn(pool).billNext(id, after('2026-02-15'));
  await record(id, '2026-01-22T10:00:00Z', { documents: 4 });
  await startPlan(pool, id, 'pro', new Date('2026-03-01T10:20:30Z'));
  await record(id, '2026-03-02T10:00:00Z', { documents: 900 });
  await billingOn(pool).billNext(id, after('2026-03-15'));
  await startPlan(pool, id, 'free', new Date('2026-03-15T00:00:00Z'));
  await record(id, '2026-03-01T10:00:00Z', { documents: 1 });
  await billingOn(pool).billNext(id, after('2026-04-15'));
  await billingOn(pool).finalizeDrafts(id, after('2026-04-15'));
});
afterAll(() => database.drop());

it('finds nothing where invoices follow from what was frozen, from their events and from the account', async () => {
  const { invoices, digests, differences } = await verifyBilling(database.pool);
  expect(differences).toEqual([]);
  expect([invoices, digests > 4]).toEqual([3, true]);
});

it.each([
  ['a number', `update billing_accounts set last_invoice_number = 9`, 'numbers without gaps'],
  ['what is carried', `update billing_accounts set carried_minor = carried_minor + 1`, 'carried = account'],
  ['an amount', `update invoice_lines set amount_minor = amount_minor + 1 where kind = 'usage'`, 'invoice = terms'],
  ['a quantity', `update invoice_lines set quantity = quantity + 1 where metric is not null`, 'line = frozen quantity'],
  ['a line that is gone', `delete from invoice_lines where metric = 'documents'`, 'every quantity is billed'],
  [
    'a quantity of an event',
    `update usage_events set quantities = '{"documents": 250}' where quantities ? 'documents'`,
    'line = raw',
  ],
  ['the id of an event', `update usage_events set event_key = gen_random_uuid()`, 'line = raw'],
])('finds %s that was changed', async (_what, change, check) => {
  const found = await inTrial(database.pool, async (client) => {
    await client.query(`set local session_replication_role = replica`);
    await client.query(change);
    return verifyBillingIn(client);
  });
  expect(found.differences.map((one) => one.check)).toContain(check);
});
