import { rm } from 'node:fs/promises';
import { services, withApiKey, withSession } from '@/container';
import { requireFeature, withUsageTracking, type RouteHandler } from '@/http';
import { bearerFor, createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { addMember } from '@/testing/builders';

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

async function makeOrganization({ included = 1_000 }: { included?: number } = {}) {
  const { id } = await createOrganization(database.pool);
  const actor = { kind: 'system' as const };
  await services().subscriptions.setOverride(id, actor, { metric: 'api_calls', included, reason: 'test' });
  return id;
}
const makeKey = (organizationId: string, more?: { livemode?: boolean; requests_per_minute?: number | null }) =>
  createTestKey(services().apiKeys, organizationId, more);
const call = async (route: RouteHandler, headers: Record<string, string>) => {
  const request = new Request('https://api.example.com/v1/things', { headers });
  const response = await route(request, { params: Promise.resolve({}) });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
};
const byKey = (route: RouteHandler, key: string) => call(route, { 'x-api-key': key });
const eventsOf = async (organizationId: string) => {
  await services().usageTracker.flush();
  const { rows } = await database.pool.query<{ n: number }>(
    'select count(*)::int as n from usage_events where organization_id = $1',
    [organizationId],
  );
  return rows[0]!.n;
};
const counterOf = async (organizationId: string, metric = 'api_calls') => {
  const { rows } = await database.pool.query<{ used: number; leased: number }>(
    `select used::float8 as used, leased::float8 as leased from quota_counters
     where organization_id = $1 and livemode and metric = $2 order by period_start desc limit 1`,
    [organizationId, metric],
  );
  return rows[0];
};

describe('a wrapped handler on a plan', () => {
  const ok = withApiKey(async () => Response.json({ ok: true }));

  it('lets a quota of three be used three times, also when ten ask at once, and counts no refusal', async () => {
    const organizationId = await makeOrganization({ included: 3 });
    const key = await makeKey(organizationId);
    const answers = await Promise.all(Array.from({ length: 10 }, () => byKey(ok, key)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, ...Array<number>(7).fill(429)]);
    const refused = await byKey(ok, key);
    expect(refused.body).toMatchObject({
      code: 'quota_exceeded',
      limit: 'quota',
      metric: 'api_calls',
      limit_value: 3,
      upgrade_url: 'https://usage.example.com/plans',
    });
    expect(Date.parse(refused.body.reset_at as string)).toBeGreaterThan(Date.now());
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(refused.headers.get('ratelimit')).not.toBeNull();
    expect(await eventsOf(organizationId)).toBe(3);
    expect(await counterOf(organizationId)).toEqual({ used: 3, leased: 0 });
  });

  it('keeps test usage apart from live usage', async () => {
    const organizationId = await makeOrganization({ included: 2 });
    const [live, test] = [await makeKey(organizationId), await makeKey(organizationId, { livemode: false })];
    for (const key of [live, test]) {
      const statuses = [await byKey(ok, key), await byKey(ok, key), await byKey(ok, key)].map(({ status }) => status);
      expect(statuses).toEqual([200, 200, 429]);
    }
  });

  it('says on every answer how fast and how much more', async () => {
    const key = await makeKey(await makeOrganization({ included: 1_000 }));
    const { headers } = await byKey(ok, key);
    expect(headers.get('ratelimit-policy')).toBe('"organization";q=100;w=60');
    expect(headers.get('x-ratelimit-remaining')).toBe('99');
    expect(Number(headers.get('x-quota-remaining'))).toBe(999);
  });

  it('holds a key to its own rate limit and the organization to the plan’s', async () => {
    const organizationId = await makeOrganization();
    const slow = await makeKey(organizationId, { requests_per_minute: 2 });
    const statuses = [await byKey(ok, slow), await byKey(ok, slow), await byKey(ok, slow)].map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await byKey(ok, slow);
    expect(refused.body).toMatchObject({ code: 'rate_limited', limit: 'rate', policy: 'key', limit_value: 2 });
    expect((await byKey(ok, await makeKey(organizationId))).status).toBe(200);
    expect(await eventsOf(organizationId)).toBe(3);
  });

  it('settles what a handler reserved by what it used', async () => {
    const organizationId = await makeOrganization();
    const key = await makeKey(organizationId);
    const tokens = withApiKey(async (_request, { quota }) => {
      const used = await quota.reserve('ai_tokens', 6_000);
      const unused = await quota.reserve('ai_tokens', 4_000);
      unused.release();
      used.commit(1_500);
      return Response.json({});
    });
    expect((await byKey(tokens, key)).status).toBe(200);
    await services().usageTracker.flush();
    expect(await counterOf(organizationId, 'ai_tokens')).toMatchObject({ used: 1_500 });
    const greedy = withApiKey(async (_request, { quota }) => {
      await quota.reserve('ai_tokens', 8_501);
      return Response.json({});
    });
    expect((await byKey(greedy, key)).body).toMatchObject({ code: 'quota_exceeded', metric: 'ai_tokens' });
  });

  it('opens with an upgrade at once, the used quota going on', async () => {
    const organizationId = (await createOrganization(database.pool)).id;
    const key = await makeKey(organizationId);
    const exporting = withApiKey(requireFeature('export')(async () => Response.json({})));
    expect((await byKey(exporting, key)).body).toMatchObject({
      code: 'feature_not_in_plan',
      available_from: 'starter',
    });
    expect(await eventsOf(organizationId)).toBe(0);
    await services().subscriptions.changePlan(organizationId, { kind: 'system' }, 'starter');
    await untilAllowed(async () => (await byKey(exporting, key)).status === 200);
    expect(await eventsOf(organizationId)).toBe(1);
  });
});

describe('a tracked handler behind a session', () => {
  it('uses the quota of the chosen organization, and no other', async () => {
    const organizationId = await makeOrganization({ included: 1 });
    const person = await addMember(database.pool, organizationId);
    const authorization = await bearerFor(person);
    const ok = withSession(withUsageTracking(async () => Response.json({})));
    expect((await call(ok, { authorization })).status).toBe(200);
    expect((await call(ok, { authorization })).body).toMatchObject({ code: 'quota_exceeded' });
    const elsewhere = await makeKey(await makeOrganization({ included: 1 }));
    expect(
      (
        await byKey(
          withApiKey(async () => Response.json({})),
          elsewhere,
        )
      ).status,
    ).toBe(200);
  });
});

/** A change is heard within a second. */
async function untilAllowed(check: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 40; attempt++) {
    if (await check()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the change was not heard');
}

describe('a process', () => {
  it('hears of keys and quotas over one LISTEN session', async () => {
    const { rows } = await database.pool.query(
      `select pid from pg_stat_activity where datname = current_database() and application_name = 'tollgate-listen'`,
    );
    expect(rows).toHaveLength(1);
  });
});
