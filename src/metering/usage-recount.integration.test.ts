import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createLabelStore } from './label-store';
import { createUsageMaintenance } from './usage-maintenance';
import { createUsageStore } from './usage-store';
import { verifyUsage } from './usage-verification';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('the nightly recount', () => {
  const day = '2026-11-05';
  const store = () => {
    const { pool } = database;
    const [labels, catalogue] = [createLabelStore({ pool }), createMetricCatalogue({ pool })];
    return createUsageStore({ pool, labels, catalogue, routeLimit: 500 });
  };
  const maintenance = () => createUsageMaintenance({ pool: database.pool });
  const mend = async (organization: { id: string }) =>
    (await maintenance().aggregateDay(day)).filter(({ organization_id }) => organization_id === organization.id);

  /** An organization with a day of usage, in the sums per hour and per day. */
  async function withUsage() {
    const organization = await createOrganization(database.pool);
    const events = Array.from({ length: 200 }, (_, n) =>
      buildUsageEvent({
        organizationId: organization.id,
        occurredAtMs: Date.parse(day) + n * 400_000,
        quantities: { api_calls: 1, storage_gb: n % 7, user_sessions: `session-${n % 20}` },
      }),
    );
    await store().record(events);
    await maintenance().foldHours(new Date('2026-11-06'));
    return organization;
  }

  it('finds nothing to mend after recording, and mends and reports a sum that was damaged', async () => {
    const organization = await withUsage();
    expect(await mend(organization)).toEqual([]);

    await database.pool.query(
      `update usage_rollups set events = events + 1 where organization_id = $1 and metric = 'api_calls' and hour = '2026-11-05T03:00Z'`,
      [organization.id],
    );
    await database.pool.query(`delete from usage_daily where organization_id = $1 and metric = 'storage_gb'`, [
      organization.id,
    ]);
    const found = (await verifyUsage(database.pool)).differences.map(({ organization_id }) => organization_id);
    expect(found.length).toBeGreaterThan(1);
    expect(new Set(found)).toEqual(new Set([organization.id]));
    expect(await mend(organization)).toEqual([
      expect.objectContaining({ sums: 'hour', metric: 'api_calls', events_before: 10, events_after: 9 }),
      expect.objectContaining({ sums: 'day', metric: 'storage_gb', events_before: null, events_after: 200 }),
    ]);
    expect(await mend(organization)).toEqual([]);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('mends distinct values and quota counters as well', async () => {
    const organization = await withUsage();
    await database.pool.query(
      `delete from usage_unique_values where organization_id = $1 and value_sha256 = sha256('session-3')`,
      [organization.id],
    );
    await database.pool.query(
      `insert into usage_unique_values values ($1, true, 'user_sessions', $2, sha256('nobody'))`,
      [organization.id, day],
    );
    await database.pool.query(
      `update quota_counters set used = used - 3 where organization_id = $1 and metric = 'api_calls'`,
      [organization.id],
    );
    expect(await mend(organization)).toEqual([
      expect.objectContaining({ sums: 'distinct', metric: 'user_sessions', events_before: 20, events_after: 20 }),
      expect.objectContaining({ sums: 'counter', metric: 'api_calls' }),
    ]);
    expect(await mend(organization)).toEqual([]);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('leaves a day alone whose raw events may be gone', async () => {
    const organization = await withUsage();
    await database.pool.query('update usage_ledgers set raw_from = $2 where organization_id = $1', [
      organization.id,
      '2026-11-05T12:00Z',
    ]);
    await database.pool.query(
      `delete from usage_events where organization_id = $1 and occurred_at < '2026-11-05T12:00Z'`,
      [organization.id],
    );
    expect(await mend(organization)).toEqual([]);
    const { rows } = await database.pool.query(
      `select sum(events)::int as events from usage_daily where organization_id = $1 and metric = 'api_calls'`,
      [organization.id],
    );
    expect(rows).toEqual([{ events: 200 }]);
  });

  it('takes no ledger where all is right, so that recording does not wait for it', async () => {
    const organization = await withUsage();
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await client.query('select from usage_ledgers where organization_id = $1 for update', [organization.id]);
      expect(await mend(organization)).toEqual([]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
