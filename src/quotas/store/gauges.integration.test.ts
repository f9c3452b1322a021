import { type Pool } from 'pg';
import { type UsageStore, verifyUsage } from '@/metering';
import { createSubscriber, quotaStoresOn } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { type QuotaStore } from './quota-store';

const HOUR_MS = 3_600_000;
const OCTOBER = Date.UTC(2026, 9, 20, 12);
const NOVEMBER = Date.UTC(2026, 10, 5, 12);

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
afterEach(async () => {
  expect((await verifyUsage(pool)).differences).toEqual([]);
});

/** In one transaction, in this order. */
const report = (metric: string, ...reports: [at: number, value: number][]) =>
  usage.record(
    reports.map(([at, value]) =>
      buildUsageEvent({ organizationId, occurredAtMs: at, quantities: { [metric]: value } }),
    ),
  );
const standsAt = async (metric: string, at: number) =>
  (await quotas.counters(organizationId, true, new Date(at))).find((counter) => counter.metric === metric)?.used ??
  null;

describe.each([
  ['storage_gb', 'the latest value'],
  ['members', 'the highest value'],
])('a gauge (%s: %s)', (metric) => {
  it('lives on over days without a report and over the period’s end, until it is reported again', async () => {
    await report(metric, [OCTOBER, 7]);
    expect(await standsAt(metric, OCTOBER - 1)).toBe(0);
    expect(await standsAt(metric, OCTOBER + 9 * 24 * HOUR_MS)).toBe(7);
    expect(await standsAt(metric, NOVEMBER)).toBe(7);
    await report(metric, [NOVEMBER + HOUR_MS, 9]);
    expect(await standsAt(metric, NOVEMBER)).toBe(7);
    expect(await standsAt(metric, NOVEMBER + HOUR_MS)).toBe(9);
  });

  it('is closed, period after period, at the level that lives on', async () => {
    await report(metric, [OCTOBER, 7]);
    await quotas.closePeriods(new Date('2027-01-02T00:00:00Z'));
    const snapshots = await quotas.snapshots(organizationId, true, 10);
    expect(snapshots.map(({ periodStart, used, events }) => [periodStart.getUTCMonth(), used, events])).toEqual([
      [11, '7', 0],
      [10, '7', 0],
      [9, '7', 1],
    ]);
  });

  it('follows a report that comes late, also in the periods after it', async () => {
    await report(metric, [NOVEMBER, 2]);
    await report(metric, [OCTOBER, 7]);
    expect(await standsAt(metric, NOVEMBER - HOUR_MS)).toBe(7);
    const { rows } = await pool.query(
      `select highest::float8 as highest from quota_counters where organization_id = $1 order by period_start`,
      [organizationId],
    );
    expect(rows).toEqual([{ highest: 7 }, { highest: 7 }]);
  });

  it('does not have the present hidden by a report that is dated ahead', async () => {
    await report(metric, [OCTOBER, 3], [OCTOBER + HOUR_MS, 11]);
    expect(await standsAt(metric, OCTOBER + HOUR_MS - 1)).toBe(3);
    expect(await standsAt(metric, OCTOBER + HOUR_MS)).toBe(11);
  });
});

describe('of two reports of one instant', () => {
  it('the one that was stored later holds, though it is the lower, in one transaction as in two', async () => {
    await report('storage_gb', [OCTOBER, 9], [OCTOBER, 4]);
    expect(await standsAt('storage_gb', OCTOBER)).toBe(4);
    await report('storage_gb', [OCTOBER, 2]);
    expect(await standsAt('storage_gb', OCTOBER)).toBe(2);
    await report('storage_gb', [OCTOBER, 5]);
    expect(await standsAt('storage_gb', OCTOBER)).toBe(5);
  });

  it('both count for the highest of their period, and the later lives on into the next', async () => {
    await report('members', [OCTOBER, 9], [OCTOBER, 4]);
    expect(await standsAt('members', OCTOBER)).toBe(9);
    expect(await standsAt('members', NOVEMBER)).toBe(4);
  });
});
