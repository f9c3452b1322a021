import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { services, withApiKey } from '@/container';
import { addMember } from '@/testing/builders';
import { NO_REQUEST } from '@/metering';
import { callRoute } from '@/testing/call-route';
import { bearerFor, createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as acknowledgement from '../usage/alerts/[id]/acknowledge/route';
import * as alerts from '../usage/alerts/route';
import * as checkOne from '../usage/check-quota/[metric]/route';
import * as current from '../usage/current/route';
import * as quotas from '../usage/quotas/route';
import * as check from './check/route';
import * as commit from './reservations/[id]/commit/route';
import * as release from './reservations/[id]/release/route';
import * as reservations from './reservations/route';

type Body = Record<string, unknown>;

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
  dataDir = await limitedTestEnvironment(database.url);
  await services().start();
}, 60_000);
afterAll(async () => {
  await services().close();
  await database.drop();
  await rm(dataDir, { recursive: true, force: true });
});

async function setUp({ scopes = ['*'], livemode = true } = {}) {
  const { id } = await createOrganization(database.pool);
  const secret = await createTestKey(services().apiKeys, id, { scopes, livemode });
  const member = await addMember(database.pool, id);
  return { id, key: { 'x-api-key': secret }, member, session: { authorization: await bearerFor(member) } };
}
const limitTo = (id: string, metric: string, included: number) =>
  services().subscriptions.setOverride(id, { kind: 'system' }, { metric, included, reason: 'test' });
const ok = withApiKey(async () => Response.json({}));

describe('asking for a quota', () => {
  it('answers as a call would be answered, and uses nothing', async () => {
    const { id, key } = await setUp();
    await limitTo(id, 'api_calls', 2);
    const ask = (query = '') => callRoute(check.GET, { headers: key, query });
    expect(await ask()).toMatchObject({ status: 200, body: { allowed: true, limit: 2, remaining: 2, reason: null } });
    expect((await ask('?required_quantity=3')).body).toMatchObject({ allowed: false, reason: 'quota', limit: 2 });
    expect([(await callRoute(ok, { headers: key })).status, (await callRoute(ok, { headers: key })).status]).toEqual([
      200, 200,
    ]);
    expect((await ask()).body).toMatchObject({ allowed: false, remaining: 0, reason: 'quota', upgrade_to: 'starter' });
    const one = await callRoute(checkOne.GET, {
      headers: key,
      params: { metric: 'ai_tokens' },
      query: '?required_quantity=10000',
    });
    expect(one.body).toMatchObject({ allowed: true, metric: 'ai_tokens', required_quantity: 10_000 });
    expect((await callRoute(checkOne.GET, { headers: key, params: { metric: 'nothing' } })).status).toBe(404);
  });

  it('says of a gauge what the list of quotas says, and allows what it has room for', async () => {
    const { id, key } = await setUp();
    await limitTo(id, 'storage_gb', 5);
    await limitTo(id, 'members', 2);
    const { usageStore, clock } = services();
    const report = { id: randomUUID(), organizationId: id, source: { kind: 'reported', name: 'test' } as const };
    const event = { ...NO_REQUEST, ...report, occurredAtMs: clock.now().getTime(), livemode: true, apiKeyId: null };
    await usageStore.record([{ ...event, quantities: { storage_gb: 3.5 } }]);
    const { body } = await callRoute(quotas.GET, { headers: key });
    const listed = (metric: string) =>
      (body as { data: { metric: string; used: number; limit: number; remaining: number }[] }).data.find(
        (quota) => quota.metric === metric,
      )!;
    for (const [metric, used, fits, exceeds] of [
      ['storage_gb', 3.5, 1.5, 1.6],
      ['members', 1, 1, 2],
    ] as const) {
      const { limit, remaining } = listed(metric);
      expect([metric, listed(metric).used]).toEqual([metric, used]);
      const ask = async (units: number) =>
        (await callRoute(checkOne.GET, { headers: key, params: { metric }, query: `?required_quantity=${units}` }))
          .body;
      expect(await ask(fits)).toMatchObject({ allowed: true, used, limit, remaining });
      expect(await ask(exceeds)).toMatchObject({ allowed: false, used, limit, remaining, reason: 'quota' });
    }
  });

  it('tells every digit of what no number holds, in a check, in a refusal and of a gauge', async () => {
    const { id, key } = await setUp();
    for (const metric of ['ai_tokens', 'storage_gb']) await limitTo(id, metric, 5);
    const { usageStore, clock } = services();
    const source = { kind: 'reported', name: 'test' } as const;
    const reported = (quantities: Record<string, number | string>) => ({
      ...{ ...NO_REQUEST, id: randomUUID(), organizationId: id, source, occurredAtMs: clock.now().getTime() },
      ...{ livemode: true, apiKeyId: null, quantities },
    });
    const used = '10000000000000010';
    const tokens = Array.from({ length: 10 }, () => reported({ ai_tokens: 1e15 + 1 }));
    await usageStore.record([...tokens, reported({ storage_gb: used })]);
    for (const metric of ['ai_tokens', 'storage_gb']) {
      const { body } = await callRoute(checkOne.GET, { headers: key, params: { metric } });
      expect(body).toMatchObject({ allowed: false, used, limit: 5, remaining: 0 });
    }
    const refusal = await callRoute(reservations.POST, { headers: key, body: { metric: 'ai_tokens', units: 1 } });
    expect(refusal.body).toMatchObject({ code: 'quota_exceeded', used, leased: 0, limit_value: 5 });
    expect((refusal.body as Body).detail).toContain(`${used} of 5 ai_tokens`);
  });

  it('answers a gateway for the key that it names, if its own key may ask', async () => {
    const customer = await setUp();
    await limitTo(customer.id, 'api_calls', 0);
    const gateway = await setUp({ scopes: ['quota:check'] });
    const other = await setUp({ scopes: ['usage:read'] });
    const about = { 'x-checked-key': customer.key['x-api-key'] };
    expect((await callRoute(check.GET, { headers: { ...gateway.key, ...about } })).body).toMatchObject({
      allowed: false,
    });
    expect((await callRoute(check.GET, { headers: gateway.key })).body).toMatchObject({ allowed: true });
    expect(await callRoute(check.GET, { headers: { ...other.key, ...about } })).toMatchObject({
      status: 403,
      body: { code: 'missing_scope' },
    });
    const wrong = await callRoute(check.GET, { headers: { ...gateway.key, 'x-checked-key': 'tg_live_mistyped' } });
    expect(wrong).toMatchObject({ status: 422, body: { errors: [{ field: 'X-Checked-Key' }] } });
    // Addresses are logged on their way.
    const inAddress = await callRoute(check.GET, {
      headers: gateway.key,
      query: `?subscriptionKey=${customer.key['x-api-key']}`,
    });
    expect(inAddress.status).toBe(422);
  });

  it('lists every metric with what is used, left and expected, for one organization and mode', async () => {
    const { key, session } = await setUp();
    await callRoute(ok, { headers: key });
    await services().usageTracker.flush();
    const rows = async (headers: Record<string, string>, query = '') =>
      (await callRoute(quotas.GET, { headers, query })).body as { plan: Body; data: Body[] };
    const ours = await rows(session);
    expect(ours.plan).toEqual({ key: 'free', name: 'Free' });
    const calls = (list: { data: Body[] }) => list.data.find(({ metric }) => metric === 'api_calls');
    expect(calls(ours)).toMatchObject({ used: 1, included: 1_000, limit: 1_000, percentage: 0.1, level: 'calm' });
    expect(calls(await rows(session, '?mode=test'))).toMatchObject({ used: 0 });
    expect(calls(await rows((await setUp()).key))).toMatchObject({ used: 0 });
    const period = (await callRoute(current.GET, { headers: key })).body.period;
    expect(period).toEqual((ours as unknown as { period: unknown }).period);
  });
});

describe('a reservation over HTTP', () => {
  const reserve = (key: Record<string, string>, units: number, more: Record<string, string> = {}) =>
    callRoute(reservations.POST, { headers: { ...key, ...more }, body: { metric: 'ai_tokens', units } });

  it('holds units until it is committed with what was used, once', async () => {
    const { key } = await setUp();
    const made = await reserve(key, 9_000);
    expect(made).toMatchObject({
      status: 201,
      body: { metric: 'ai_tokens', units: 9_000, status: 'open', committed: null },
    });
    expect(await reserve(key, 1_001)).toMatchObject({
      status: 429,
      body: { code: 'quota_exceeded', metric: 'ai_tokens' },
    });
    const params = { id: made.body.id as string };
    const done = await callRoute(commit.POST, { headers: key, params, body: { units: 1_000 } });
    expect(done).toMatchObject({ status: 200, body: { status: 'committed', committed: 1_000 } });
    expect(await callRoute(commit.POST, { headers: key, params, body: { units: 1_000 } })).toEqual(done);
    expect((await callRoute(commit.POST, { headers: key, params, body: { units: 5 } })).body).toMatchObject({
      code: 'conflict',
    });
    expect((await callRoute(release.POST, { headers: key, params, body: {} })).body).toMatchObject({
      code: 'reservation_closed',
    });
    const rest = await callRoute(checkOne.GET, {
      headers: key,
      params: { metric: 'ai_tokens' },
      query: '?required_quantity=9000',
    });
    expect(rest.body).toMatchObject({ allowed: true });
  });

  it('is refused as a call would be: with the limit, the plan that has more, and whether to wait', async () => {
    const { id, key } = await setUp();
    const refusal = async (units: number) => (await reserve(key, units)).body;
    const made = await reserve(key, 9_000);
    const ofPlan = { metric: 'ai_tokens', limit: 'quota', limit_value: 10_000, plan: 'free', upgrade_to: 'starter' };
    expect(await refusal(1_001)).toMatchObject({ code: 'quota_exceeded', used: 0, required: 1_001, ...ofPlan });
    expect(await refusal(10_001)).toMatchObject({ code: 'payment_required', ...ofPlan });
    const params = { id: made.body.id as string };
    const tooMuch = (units: number) => callRoute(commit.POST, { headers: key, params, body: { units } });
    expect(await tooMuch(10_001)).toMatchObject({ status: 402, body: { required: 10_001, ...ofPlan } });

    const actor = { kind: 'system' } as const;
    await services().subscriptions.changePlan(id, actor, 'starter');
    await services().subscriptions.setSpendCap(id, actor, 100);
    const capped = { code: 'spend_cap_reached', limit: 'spend_cap', metric: 'ai_tokens', upgrade_to: null };
    expect(await refusal(300_000)).toMatchObject(capped);
    expect(await tooMuch(300_001)).toMatchObject({ status: 429, body: capped });

    const test = await setUp({ livemode: false });
    await limitTo(test.id, 'ai_tokens', 10);
    // Usage of test keys has no overage, so no plan has more than an agreement says.
    expect((await reserve(test.key, 11)).body).toMatchObject({ code: 'payment_required', upgrade_to: null });
  });

  it('is let go, and then cannot be committed', async () => {
    const { key } = await setUp();
    const params = { id: (await reserve(key, 10_000)).body.id as string };
    expect((await callRoute(release.POST, { headers: key, params, body: {} })).body).toMatchObject({
      status: 'released',
    });
    expect((await reserve(key, 10_000)).status).toBe(201);
    const late = await callRoute(commit.POST, { headers: key, params, body: { units: 1 } });
    expect(late).toMatchObject({ status: 409, body: { code: 'reservation_closed' } });
  });

  it('is made once under one Idempotency-Key, and is nobody else’s', async () => {
    const { key } = await setUp();
    const once = { 'idempotency-key': randomUUID() };
    const first = await reserve(key, 10_000, once);
    expect(await reserve(key, 10_000, once)).toEqual(first);
    const params = { id: first.body.id as string };
    const stranger = await setUp();
    expect((await callRoute(commit.POST, { headers: stranger.key, params, body: { units: 1 } })).status).toBe(404);
    expect((await callRoute(release.POST, { headers: stranger.key, params, body: {} })).status).toBe(404);
  });
});

describe('alerts', () => {
  it('are listed for their organization, and acknowledged by a member once', async () => {
    const { id, key, session, member } = await setUp();
    await limitTo(id, 'api_calls', 1);
    await callRoute(ok, { headers: key });
    await services().usageTracker.flush();
    const list = async (headers: Record<string, string>) =>
      ((await callRoute(alerts.GET, { headers })).body as { data: Body[] }).data;
    const found = await list(session);
    expect(found.map(({ level, status }) => [level, status]).sort()).toEqual([
      ['100', 'pending'],
      ['80', 'pending'],
      ['90', 'pending'],
    ]);
    const params = { id: found[0]!.id as string };
    const acknowledge = (headers: Record<string, string>) =>
      callRoute(acknowledgement.PATCH, { headers, params, method: 'PATCH' });
    const stranger = await setUp();
    expect((await acknowledge(stranger.session)).status).toBe(404);
    expect(await list(stranger.session)).toEqual([]);
    const taken = await acknowledge(session);
    expect(taken).toMatchObject({ status: 200, body: { status: 'acknowledged', acknowledged_by: member.userId } });
    expect(await acknowledge(session)).toEqual(taken);
  });
});
