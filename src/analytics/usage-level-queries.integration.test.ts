import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createUsageQueries } from './usage-queries';

const DAY_MS = 86_400_000;
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const NOW_MS = TODAY_MS + DAY_MS / 2;
const instant = (days: number) => new Date(TODAY_MS + days * DAY_MS);

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('a chart of a gauge', () => {
  it('carries its level over days without a report, up to now and no further, as the current period does', async () => {
    const { pool } = database;
    const { id } = await createOrganization(pool);
    const catalogue = createMetricCatalogue({ pool });
    const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
    const report = (occurredAt: Date, storage_gb: number) =>
      buildUsageEvent({ organizationId: id, occurredAtMs: occurredAt.getTime(), quantities: { storage_gb } });
    await store.record([report(instant(-60), 7), report(instant(-3.5), 2), report(new Date(NOW_MS + 1_000), 100)]);
    const queries = createUsageQueries({
      pool,
      catalogue,
      clock: { now: () => new Date(NOW_MS) },
      billingPeriodOf: async () => ({ from: instant(-2), to: instant(28) }),
    });
    const ask = { mode: 'live', metric: 'storage_gb', interval: 'day' } as const;
    const range = { from: instant(-5).toISOString(), to: instant(3).toISOString() };
    const { points } = await queries.history(id, { ...ask, ...range });
    expect(points.map(({ quantity }) => quantity)).toEqual([7, 2, 2, 2, 2, 2, 0, 0]);
    const { metrics } = await queries.currentPeriod(id, { mode: 'live' });
    expect(metrics.find(({ metric }) => metric === 'storage_gb')).toMatchObject({ quantity: 2 });
  });
});
