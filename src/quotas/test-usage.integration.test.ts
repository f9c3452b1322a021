import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { createEntitlementReader, createMetricCatalogue, createPlanCatalogue } from '@/plans';
import { addGrant, createSubscriber, setIncluded, startPlan } from '@/testing/quota-fixture';
import { quotaGateOn } from '@/testing/quota-gate-on';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type QuotaGate } from './gate/quota-gate';
import { quotaListOf } from './quota-list';

const AT = new Date('2026-10-20T12:00:00Z');
const START = new Date('2026-01-01T00:00:00Z');

let database: TestDatabase;
let gate: QuotaGate;
beforeAll(async () => {
  database = await createTestDatabase();
  const log = pino({ level: 'silent' });
  const process = { databaseUrl: database.url, holderId: randomUUID(), durability: 'memory', log } as const;
  gate = quotaGateOn(database.pool, process);
});
afterAll(async () => {
  await gate.close();
  await database.drop();
});

/** Whether a call in the mode is let in; of a gauge, what it would reach. */
async function allows(organizationId: string, livemode: boolean, metric: string, units: number): Promise<boolean> {
  const decision = await gate.take({ organizationId, livemode }, { [metric]: units }, AT.getTime());
  if (decision.allowed) gate.giveBack(decision.leases);
  return decision.allowed;
}

describe('usage of test keys', () => {
  it.each([
    ['a gauge', 'storage_gb', 5],
    ['what is lent', 'documents', 100],
  ])('has what the plan includes of %s, and grants are for live usage alone', async (_what, metric, included) => {
    const organizationId = await createSubscriber(database.pool);
    await addGrant(database.pool, organizationId, { metric, units: 3, grantedAt: START });
    const most = async (livemode: boolean) => [
      await allows(organizationId, livemode, metric, included),
      await allows(organizationId, livemode, metric, included + 1),
      await allows(organizationId, livemode, metric, included + 4),
    ];
    expect(await most(false)).toEqual([true, false, false]);
    expect(await most(true)).toEqual([true, true, false]);
  });

  it('has an override as live usage does, and no overage', async () => {
    const organizationId = await createSubscriber(database.pool);
    await startPlan(database.pool, organizationId, 'starter', START);
    await setIncluded(database.pool, organizationId, 'storage_gb', 2);
    expect(await allows(organizationId, false, 'storage_gb', 2)).toBe(true);
    expect(await allows(organizationId, false, 'storage_gb', 3)).toBe(false);
    expect(await allows(organizationId, true, 'storage_gb', 3)).toBe(true);
  });

  it('is listed with the quota that it has', async () => {
    const { pool } = database;
    const organizationId = await createSubscriber(pool);
    await startPlan(pool, organizationId, 'starter', START);
    await addGrant(pool, organizationId, { metric: 'documents', units: 3, grantedAt: START });
    const reader = createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) });
    const entitlements = await reader.read(organizationId, AT);
    const metrics = await createMetricCatalogue({ pool }).all();
    const documents = (livemode: boolean) =>
      quotaListOf({ entitlements, counters: [], metrics, livemode, projections: new Map() }).data.find(
        ({ metric }) => metric === 'documents',
      );
    expect(documents(false)).toMatchObject({ included: 250, limit: 250, remaining: 250, enforcement: 'hard' });
    expect(documents(true)).toMatchObject({ included: 253, limit: null, remaining: null, enforcement: 'overage' });
  });
});
