/** Every row of the plans page is held by something: on a plan of three there are three, of five who try at once. */
import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { services, withApiKey } from '@/container';
import { checkFileUploadSize } from '@/http';
import { planView } from '@/plans';
import { planRows } from '@/plans/ui/plan-rows';
import { addMember } from '@/testing/builders';
import { callRoute } from '@/testing/call-route';
import { bearerFor, createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import * as keys from './keys/route';
import * as invitations from './organizations/[id]/invitations/route';
import * as checkQuota from './usage/check-quota/[metric]/route';
import * as endpoints from './usage/endpoints/route';
import * as exported from './usage/export/route';

const TRIES = 5;
const SMALL = 3;

interface Customer {
  id: string;
  /** Headers of a program, and of the owner. */
  key: Record<string, string>;
  owner: Record<string, string>;
}
interface Answer {
  status: number;
  body: Record<string, unknown>;
}
interface Probe {
  /** Tries that many times at once, or with one to so many units. */
  tryAll: (customer: Customer) => Promise<Answer>[];
  /** What those who find nothing left are told. */
  code: string;
}

const tries = (attempt: (n: number) => Promise<Answer>, howMany = TRIES) =>
  Array.from({ length: howMany }, (_, n) => attempt(n + 1));
/** What is there before anybody tries. */
const PRESENT: Promise<Answer> = Promise.resolve({ status: 200, body: {} });
const metered = (metric: string): Probe => {
  const route = withApiKey(async () => Response.json({}), { metrics: { [metric]: 1 } });
  return {
    tryAll: ({ key }) => tries(() => callRoute(route, { headers: key, body: {} })),
    code: 'quota_exceeded',
  };
};
const upload = withApiKey(
  checkFileUploadSize()(async (request) => Response.json({ read: (await request.arrayBuffer()).byteLength })),
);

const PROBES: Record<string, Probe> = {
  api_calls: metered('api_calls'),
  documents: metered('documents'),
  ai_tokens: metered('ai_tokens'),
  // A level is reported rather than taken; whoever stores asks before.
  storage_gb: {
    tryAll: ({ key }) =>
      tries(async (required) => {
        const params = { metric: 'storage_gb' };
        const { body } = await callRoute(checkQuota.GET, {
          headers: key,
          params,
          query: `?required_quantity=${required}`,
        });
        return body.allowed === true ? { status: 200, body } : { status: 429, body: { code: body.reason } };
      }),
    code: 'quota',
  },
  members: {
    tryAll: ({ id, owner }) => [
      PRESENT,
      ...tries(
        () =>
          callRoute(invitations.POST, {
            headers: owner,
            params: { id },
            body: { email: `${randomUUID()}@example.com` },
          }),
        TRIES - 1,
      ),
    ],
    code: 'payment_required',
  },
  requests_per_minute: { ...metered('api_calls'), code: 'rate_limited' },
  export: {
    tryAll: ({ key }) => [callRoute(exported.GET, { headers: key, query: '?format=json' })],
    code: 'feature_not_in_plan',
  },
  advanced_analytics: {
    tryAll: ({ key }) => tries(() => callRoute(endpoints.GET, { headers: key })),
    code: 'feature_not_in_plan',
  },
  api_keys: {
    tryAll: ({ owner }) => [
      PRESENT,
      ...tries((n) => callRoute(keys.POST, { headers: owner, body: { name: `Key ${n}` } }), TRIES - 1),
    ],
    code: 'payment_required',
  },
  max_file_upload_bytes: {
    tryAll: ({ key }) =>
      tries((bytes) =>
        callRoute(upload, { headers: { ...key, 'content-length': String(bytes) }, body: Number('1'.repeat(bytes)) }),
      ),
    code: 'file_too_large',
  },
};
/** Held by a job rather than at a call, and tried by the test beside it. */
const HELD_BY_JOBS: Record<string, { test: string; named: string }> = {
  retention_days: {
    test: 'src/metering/usage-retention.integration.test.ts',
    named: 'removes raw events that are older than the plan keeps them',
  },
};

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

/** Puts new versions of two plans on sale: one with three of this and much of all else, and one with much of all. */
async function sell(row: string): Promise<void> {
  const { planCatalogue } = services();
  const plans = await planCatalogue.plans();
  const large = 1_000_000;
  for (const plan_key of ['free', 'pro']) {
    const of = (name: string) => (name === row && plan_key === 'free' ? SMALL : large);
    const features = Object.keys(plans[0]!.features).map((feature) => [
      feature,
      typeof plans[0]!.features[feature] === 'boolean' ? of(feature) === large : of(feature),
    ]);
    await planCatalogue.createPlanVersion(
      {
        plan_key,
        price_minor: plan_key === 'free' ? 0 : 100,
        currency: 'USD',
        requests_per_minute: of('requests_per_minute'),
        features: Object.fromEntries(features) as Record<string, boolean | number>,
        limits: [...plans[0]!.limits.keys()].map((metric) => ({ metric, included: of(metric), enforcement: 'hard' })),
      },
      async () => undefined,
    );
  }
}

/** A new organization is on the newest version of the free plan. */
async function makeCustomer(planKey: 'free' | 'pro'): Promise<Customer> {
  const { id } = await createOrganization(database.pool);
  if (planKey === 'pro') await services().subscriptions.changePlan(id, { kind: 'system' }, 'pro', { byAdmin: true });
  const member = await addMember(database.pool, id, { role: 'owner' });
  const secret = await createTestKey(services().apiKeys, id, { scopes: ['*'] });
  return {
    id,
    key: { 'x-api-key': secret },
    owner: { authorization: await bearerFor(member), 'x-organization-id': id },
  };
}

it('holds every row of the plans page, and a new row needs what holds it', async () => {
  const { planCatalogue } = services();
  const [plans, metrics] = [await planCatalogue.plans(), await planCatalogue.metrics()];
  const rows = planRows(plans.map((plan) => planView(plan, metrics))).flatMap((group) => group.rows);
  expect(rows.map(({ key }) => key).sort()).toEqual([...Object.keys(PROBES), ...Object.keys(HELD_BY_JOBS)].sort());
  for (const { test, named } of Object.values(HELD_BY_JOBS)) expect(await readFile(test, 'utf8')).toContain(named);
});

describe.each(Object.entries(PROBES))('%s', (row, { tryAll, code }) => {
  it('is there as often as it was sold, and whoever wants more is told which plan has it', async () => {
    await sell(row);
    const isFeature = code === 'feature_not_in_plan';
    const answers = await withinAMinute(async () => Promise.all(tryAll(await makeCustomer('free'))));
    const refused = answers.filter(({ status }) => status >= 400);
    expect(answers.length - refused.length).toBe(isFeature ? 0 : SMALL);
    for (const { status, body } of refused) {
      expect([402, 403, 413, 429]).toContain(status);
      expect(body.code).toBe(code);
      if (status !== 429) expect(body.upgrade_to ?? body.available_from).toBe('pro');
    }
    for (const { status } of await Promise.all(tryAll(await makeCustomer('pro')))) expect(status).toBeLessThan(300);
  });
});

/** Rates are of the minutes of the clock on the wall: what happened across the edge of one is tried again. */
async function withinAMinute<T>(work: () => Promise<T>): Promise<T> {
  for (;;) {
    const minute = Math.floor(Date.now() / 60_000);
    const done = await work();
    if (Math.floor(Date.now() / 60_000) === minute) return done;
  }
}
