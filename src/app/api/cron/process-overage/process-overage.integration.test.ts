import { rm } from 'node:fs/promises';
import { services } from '@/container';
import { createBilledOrganization, usageOn } from '@/testing/billing-world';
import { addMember } from '@/testing/builders';
import { callRoute } from '@/testing/call-route';
import { bearerFor, limitedTestEnvironment, TEST_ADMIN_ID } from '@/testing/limited-environment';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as runs from '../../v1/admin/billing/runs/route';
import * as run from '../../v1/admin/billing/runs/[id]/route';
import * as invoices from '../../v1/admin/invoices/route';
import * as cron from './route';

const CRON_SECRET = 'a secret of the scheduler, long enough';
const SCHEDULER = { authorization: `Bearer ${CRON_SECRET}` };

let database: TestDatabase;
let dataDir: string;
let admin: Record<string, string>;
beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url, { CRON_SECRET });
  await services().start();
  admin = { authorization: await bearerFor({ userId: TEST_ADMIN_ID, email: 'admin@example.com' }) };
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

const invoicesBy = async (status: string) =>
  (await callRoute(invoices.GET, { headers: admin, query: `?status=${status}` })).body.data as Record<
    string,
    unknown
  >[];

it('bills with its secret only: by a dry run nothing, then every period to a sealed invoice that is sent, once', async () => {
  const { pool } = database;
  const id = await createBilledOrganization(pool, '2026-01-15T00:00:00Z');
  const { email } = await addMember(pool, id, { role: 'owner' });
  const versions = await pool.query<{ id: string }>(`select id from plan_versions where plan_key = 'pro'`);
  await pool.query(
    `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason) values ($1, '2026-01-15', $2, 'upgrade')`,
    [id, versions.rows[0]!.id],
  );
  await usageOn(pool)(id, '2026-01-20T12:00:00Z', { api_calls: 150_000 });
  const at = '2026-03-20T00:00:00Z';

  for (const authorization of ['', 'Bearer guess', CRON_SECRET]) {
    expect((await callRoute(cron.POST, { headers: { authorization }, method: 'POST' })).status).toBe(401);
  }
  const call = (query: string) => callRoute(cron.GET, { headers: SCHEDULER, query });
  const dry = await call(`?dryRun=1&at=${at}`);
  expect(dry).toMatchObject({ status: 200, body: { status: 'done', run: { dry_run: true, invoiced: 1, failed: 0 } } });
  expect((await pool.query('select from invoices')).rowCount).toBe(0);

  const first = await call(`?at=${at}`);
  expect(first).toMatchObject({ status: 200, body: { status: 'done', run: { invoiced: 2, failed: 0, failures: [] } } });
  expect((await call(`?at=${at}`)).body).toMatchObject({ run: { due: 0, invoiced: 0 } });
  const sent = await invoicesBy('sent');
  expect(sent.map(({ organization_id, attention }) => [organization_id, attention])).toEqual([
    [id, null],
    [id, null],
  ]);
  const unsealed = await pool.query(`select from invoice_lines where kind = 'usage' and digest_sha256 is null`);
  expect(unsealed.rowCount).toBe(0);
  const mails = await pool.query('select from outbox_messages where recipient = $1', [email]);
  expect(mails.rowCount).toBe(2);
  expect((await call('?at=2999-01-01T00:00:00Z')).status).toBe(422);
});

it('an admin bills now, and follows the run', async () => {
  const begun = await callRoute(runs.POST, { headers: admin, body: { dry_run: true } });
  expect(begun).toMatchObject({ status: 202, body: { dry_run: true, started_by: `user:${TEST_ADMIN_ID}` } });
  const params = { id: begun.body.id as string };
  for (let attempt = 0; attempt < 100; attempt++) {
    const { body } = await callRoute(run.GET, { headers: admin, params });
    if (body.status === 'done') break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect((await callRoute(run.GET, { headers: admin, params })).body).toMatchObject({ status: 'done', failures: [] });
  const listed = await callRoute(runs.GET, { headers: admin, query: '?limit=1' });
  expect(listed.body).toMatchObject({ data: [params], billed_up_to: '2026-03-20T00:00:00.000Z' });
  const { rowCount } = await database.pool.query(`select from audit_log where action = 'billing.run_started'`);
  expect(rowCount).toBe(1);
});
