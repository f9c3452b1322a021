import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { services, withApiKey } from '@/container';
import { addMember } from '@/testing/builders';
import { callRoute } from '@/testing/call-route';
import { bearerFor, createTestKey, limitedTestEnvironment, TEST_ADMIN_ID } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as grant from './organizations/[id]/grants/[grantId]/route';
import * as grants from './organizations/[id]/grants/route';
import * as override from './organizations/[id]/overrides/[metric]/route';
import * as plan from './organizations/[id]/plan/route';
import * as reset from './organizations/[id]/quotas/[metric]/reset/route';
import * as clock from './test-clock/route';
import * as quotas from '../usage/quotas/route';

type Body = Record<string, unknown>;

let database: TestDatabase;
let dataDir: string;
let admin: Record<string, string>;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url, { TEST_CLOCK: '1' });
  await services().start();
  admin = { authorization: await bearerFor({ userId: TEST_ADMIN_ID, email: 'admin@example.com' }) };
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function setUp() {
  const { id } = await createOrganization(database.pool);
  const secret = await createTestKey(services().apiKeys, id);
  const member = await addMember(database.pool, id);
  return { id, key: { 'x-api-key': secret }, member, session: { authorization: await bearerFor(member) } };
}
const limitTo = (id: string, metric: string, included: number) =>
  services().subscriptions.setOverride(id, { kind: 'system' }, { metric, included, reason: 'test' });
const ok = withApiKey(async () => Response.json({}));
const auditOf = async (id: string) =>
  (
    await database.pool.query<{ action: string }>(
      'select action from audit_log where organization_id = $1 order by id',
      [id],
    )
  ).rows.map(({ action }) => action);

describe('a platform admin', () => {
  it('alone may change what an organization has', async () => {
    const { id, session, key } = await setUp();
    const body = { metric: 'api_calls', units: 5, reason: 'mine' };
    expect(await callRoute(grants.POST, { headers: session, params: { id }, body })).toMatchObject({ status: 403 });
    expect((await callRoute(grants.POST, { headers: key, params: { id }, body })).status).toBe(401);
  });

  it('grants, overrides, resets and moves plans, each with an entry in the audit log', async () => {
    const { id, key } = await setUp();
    const included = async () =>
      ((await callRoute(quotas.GET, { headers: key })).body as { data: Body[] }).data.find(
        ({ metric }) => metric === 'api_calls',
      )!;
    const given = await callRoute(grants.POST, {
      headers: { ...admin, 'idempotency-key': randomUUID() },
      params: { id },
      body: { metric: 'api_calls', units: 50, reason: 'Launch' },
    });
    expect(given).toMatchObject({ status: 201, body: { units: 50, granted_by: `user:${TEST_ADMIN_ID}` } });
    expect(await included()).toMatchObject({ included: 1_050 });
    const params = { id, grantId: given.body.id as string };
    expect((await callRoute(grant.DELETE, { headers: admin, params, method: 'DELETE' })).status).toBe(200);
    expect(await included()).toMatchObject({ included: 1_000 });

    const metric = { id, metric: 'api_calls' };
    const set = { headers: admin, params: metric, method: 'PUT', body: { included: 2, reason: 'Contract' } };
    expect((await callRoute(override.PUT, set)).status).toBe(200);
    expect(await included()).toMatchObject({ included: 2, limit: 2 });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await callRoute(ok, { headers: key })).status);
    expect(statuses).toEqual([200, 200, 429]);
    await services().usageTracker.flush();
    const again = await callRoute(reset.POST, { headers: admin, params: metric, body: { reason: 'Our outage' } });
    expect(again).toMatchObject({ status: 201, body: { grant: { units: 2, reason: 'Reset: Our outage' } } });
    expect(await included()).toMatchObject({ used: 2, included: 4, remaining: 2 });
    await untilStatus(200, () => callRoute(ok, { headers: key }));
    const gauge = await callRoute(reset.POST, {
      headers: admin,
      params: { id, metric: 'storage_gb' },
      body: { reason: 'x' },
    });
    expect(gauge).toMatchObject({ status: 422, body: { errors: [{ field: 'metric' }] } });

    expect((await callRoute(override.DELETE, { headers: admin, params: metric, method: 'DELETE' })).status).toBe(204);
    const moved = await callRoute(plan.PUT, {
      headers: admin,
      params: { id },
      method: 'PUT',
      body: { plan: 'business' },
    });
    expect(moved).toMatchObject({ status: 200, body: { plan: { key: 'business' } } });
    expect(await auditOf(id)).toEqual(
      expect.arrayContaining([
        'quota.granted',
        'quota.grant_revoked',
        'quota.overridden',
        'quota.override_removed',
        'subscription.plan_changed',
      ]),
    );
    expect(
      (
        await callRoute(grants.POST, {
          headers: admin,
          params: { id: randomUUID() },
          body: { metric: 'api_calls', units: 1, reason: 'x' },
        })
      ).status,
    ).toBe(404);
  });
});

describe('the test clock', () => {
  it('begins a fresh quota when it is moved over the end of a period', async () => {
    const { id, key, session } = await setUp();
    await limitTo(id, 'api_calls', 1);
    expect((await callRoute(ok, { headers: key })).status).toBe(200);
    const refused = await callRoute(ok, { headers: key });
    expect(refused.status).toBe(429);
    const resetAt = refused.body.reset_at as string;
    const move = (now: string | null, headers = admin) =>
      callRoute(clock.PUT, { headers, method: 'PUT', body: { now } });
    expect((await move(resetAt, session as never)).status).toBe(403);
    try {
      expect((await move(resetAt)).status).toBe(200);
      expect(Date.parse((await callRoute(clock.GET, { headers: admin })).body.now as string)).toBeGreaterThanOrEqual(
        Date.parse(resetAt),
      );
      const next = [(await callRoute(ok, { headers: key })).status, (await callRoute(ok, { headers: key })).status];
      expect(next).toEqual([200, 429]);
      const list = (await callRoute(quotas.GET, { headers: key })).body as { period: { from: string } };
      expect(list.period.from).toBe(resetAt);
    } finally {
      await move(null);
    }
    expect((await callRoute(ok, { headers: key })).status).toBe(429);
  });
});

/** A change is heard within a second. */
async function untilStatus(wanted: number, send: () => Promise<{ status: number }>): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if ((await send()).status === wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the change was not heard');
}
