import { randomUUID } from 'node:crypto';
import { Pool } from 'pg';
import { type UsageStore } from '@/metering';
import { addGrant, createSubscriber, quotaStoresOn, setIncluded, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type QuotaStore } from './quota-store';

const START = new Date('2026-10-01T00:00:00Z');
const AT = new Date('2026-10-20T12:00:00Z');

let database: TestDatabase;
let pool: Pool;
let quotas: QuotaStore;
let usage: UsageStore;
let organizationId: string;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
  ({ quotaStore: quotas, usageStore: usage } = quotaStoresOn(pool));
});
afterAll(() => database.drop());
beforeEach(async () => {
  organizationId = await createSubscriber(pool);
});

const eventOf = (quantities: Record<string, number>, given: { livemode?: boolean; occurredAtMs?: number } = {}) =>
  buildUsageEvent({ organizationId, occurredAtMs: AT.getTime(), quantities, ...given });
const use = (quantities: Record<string, number>, given?: { livemode?: boolean; occurredAtMs?: number }) =>
  usage.record([eventOf(quantities, given)]);
const alerts = async (status?: 'pending' | 'resolved') =>
  (await quotas.alerts(organizationId, { status, limit: 100 })).data
    .map(({ metric, level }) => `${metric} ${level}`)
    .sort();

describe('alerts', () => {
  it('are left exactly once per level when 8 connections jump from 70 % to 130 % at once', async () => {
    await startPlan(pool, organizationId, 'starter', START);
    await use({ api_calls: 7_000, documents: 175 });
    expect(await alerts()).toEqual([]);
    const pools = Array.from({ length: 8 }, () => new Pool({ connectionString: database.url, max: 2 }));
    const jump = pools.map(async (own) => {
      const store = quotaStoresOn(own).usageStore;
      for (let batch = 0; batch < 3; batch++) await store.record([eventOf({ api_calls: 250, documents: 6.25 })]);
    });
    await Promise.all(jump);
    await Promise.all(pools.map((own) => own.end()));
    const levels = ['100', '80', '90', 'overage'];
    expect(await alerts()).toEqual([...levels.map((l) => `api_calls ${l}`), ...levels.map((l) => `documents ${l}`)]);
    const { rows } = await pool.query(
      'select distinct used::int from quota_counters where organization_id = $1 and metric = $2',
      [organizationId, 'api_calls'],
    );
    expect(rows).toEqual([{ used: 13_000 }]);
  });

  it('come with 80, 90 and 100 % as they are reached, and with overage only where it is allowed', async () => {
    await use({ api_calls: 799 });
    expect(await alerts()).toEqual([]);
    await use({ api_calls: 1 });
    expect(await alerts()).toEqual(['api_calls 80']);
    await use({ api_calls: 199 });
    expect(await alerts()).toEqual(['api_calls 80', 'api_calls 90']);
    await use({ api_calls: 500 });
    expect(await alerts()).toEqual(['api_calls 100', 'api_calls 80', 'api_calls 90']);
  });

  it('leave usage of test keys and unlimited metrics alone, and begin anew in each period', async () => {
    await use({ api_calls: 1_000 }, { livemode: false });
    await use({ ocr_operations: 1_000_000 });
    expect(await alerts()).toEqual([]);
    await use({ api_calls: 850 });
    await use({ api_calls: 850 }, { occurredAtMs: Date.UTC(2026, 10, 2) });
    expect(await alerts()).toEqual(['api_calls 80', 'api_calls 80']);
  });

  it('resolve when a grant, another plan, or an unlimited override brings usage back under their level, and may come again', async () => {
    await use({ api_calls: 1_000, documents: 95, ai_tokens: 10_000 });
    await addGrant(pool, organizationId, { metric: 'api_calls', units: 150, grantedAt: START });
    await setIncluded(pool, organizationId, 'ai_tokens', null);
    expect(await quotas.resolveAlerts(organizationId, AT)).toBe(5);
    expect(await alerts('pending')).toEqual(['api_calls 80', 'documents 80', 'documents 90']);
    expect(await quotas.resolveAlerts(organizationId, AT)).toBe(0);
    await use({ api_calls: 40 });
    expect(await alerts('pending')).toEqual(['api_calls 80', 'api_calls 90', 'documents 80', 'documents 90']);
    await startPlan(pool, organizationId, 'pro', START);
    await quotas.resolveAlerts(organizationId, AT);
    expect(await alerts('pending')).toEqual([]);
  });

  it('of a gauge resolve when its value sinks, by the recording that brings it', async () => {
    await use({ storage_gb: 5 });
    expect(await alerts('pending')).toEqual(['storage_gb 100', 'storage_gb 80', 'storage_gb 90']);
    await use({ storage_gb: 4.2 }, { occurredAtMs: AT.getTime() + 1 });
    expect(await alerts('pending')).toEqual(['storage_gb 80']);
    expect(await alerts('resolved')).toEqual(['storage_gb 100', 'storage_gb 90']);
  });

  it('are removed 400 days after they were raised', async () => {
    await use({ api_calls: 1_000 });
    await pool.query(
      `update usage_alerts set created_at = $2::timestamptz - interval '399 days' where organization_id = $1`,
      [organizationId, AT],
    );
    expect(await quotas.removeOldAlerts(AT)).toBe(0);
    await pool.query(
      `update usage_alerts set created_at = created_at - interval '2 days' where organization_id = $1 and level = '80'`,
      [organizationId],
    );
    expect(await quotas.removeOldAlerts(AT)).toBe(1);
    expect(await alerts()).toEqual(['api_calls 100', 'api_calls 90']);
  });

  it('are acknowledged once, keep who did it, and are found by page, status and metric', async () => {
    await use({ api_calls: 1_000, documents: 100 });
    const stranger = await createSubscriber(pool);
    const first = await quotas.alerts(organizationId, { limit: 4 });
    const second = await quotas.alerts(organizationId, { limit: 4, cursor: first.next_cursor! });
    expect([first.data.length, second.data.length, second.next_cursor]).toEqual([4, 2, null]);
    expect(new Set([...first.data, ...second.data].map(({ id }) => id)).size).toBe(6);
    const { id } = first.data[0]!;
    const userId = randomUUID();
    expect(await quotas.acknowledgeAlert(stranger, id, { userId, at: AT })).toBeNull();
    const acknowledged = await quotas.acknowledgeAlert(organizationId, id, { userId, at: AT });
    expect(acknowledged).toMatchObject({
      status: 'acknowledged',
      acknowledged_by: userId,
      acknowledged_at: AT.toISOString(),
    });
    expect(await quotas.acknowledgeAlert(organizationId, id, { userId: randomUUID(), at: new Date() })).toEqual(
      acknowledged,
    );
    expect((await quotas.alerts(organizationId, { status: 'acknowledged', limit: 9 })).data).toEqual([acknowledged]);
    expect((await quotas.alerts(organizationId, { metric: 'documents', limit: 9 })).data).toHaveLength(3);
    // Acknowledged is not resolved: the level does not fire again.
    await use({ api_calls: 1 });
    expect(await alerts()).toHaveLength(6);
  });
});
