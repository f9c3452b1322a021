import fc from 'fast-check';
import { AppError } from '@/kernel/errors';
import { API_CALLS } from '@/metering/contracts';
import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { recordSampleUsage, sampleQuery, type SampleUsage } from '@/testing/sample-usage';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type RangeQuery } from './contracts';
import { createUsageQueries, type UsageQueries } from './usage-queries';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let usage: SampleUsage;
let queries: UsageQueries;

beforeAll(async () => {
  database = await createTestDatabase();
  usage = await recordSampleUsage(database);
  queries = usage.queries;
}, 60_000);
afterAll(() => database.drop());

describe('export', () => {
  const exported = async (organizationId: string, query: RangeQuery) => {
    const ids: string[] = [];
    let largest = 0;
    for await (const batch of queries.exportEvents(organizationId, query)) {
      ids.push(...batch.map(({ id }) => id));
      largest = Math.max(largest, batch.length);
    }
    return { ids, largest };
  };

  it('has every event of the range once, in batches of a thousand at most', async () => {
    await fc.assert(
      fc.asyncProperty(sampleQuery(usage), fc.constantFrom(undefined, '/d', '(other)'), async (sampled, route) => {
        const query = { ...sampled, ...(route !== undefined && { route }) };
        const { ids, largest } = await exported(usage.ours.id, query);
        const { period } = await queries.stats(usage.ours.id, query);
        const { rows } = await database.pool.query<{ id: string }>(
          `select coalesce(external_id, event_key::text) as id from usage_events
           where organization_id = $1 and livemode = $2 and occurred_at >= $3 and occurred_at < $4 and ($5::uuid is null or api_key_id = $5)
             and ($6::text is null or $6 = coalesce((select label from usage_labels l where l.id = route_id), '(other)'))`,
          [usage.ours.id, query.mode === 'live', period.from, period.to, query.api_key_id ?? null, route ?? null],
        );
        expect([...ids].sort()).toEqual(rows.map(({ id }) => id).sort());
        expect(largest).toBeLessThanOrEqual(1_000);
      }),
      { numRuns: 15 },
    );
  }, 60_000);

  it('has what happened at a moved time, far from when it was stored', async () => {
    const { pool } = database;
    const { id } = await createOrganization(pool);
    const catalogue = createMetricCatalogue({ pool });
    const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
    for (const movedMs of [-400 * DAY_MS, 90 * DAY_MS]) {
      const clock = { now: () => new Date(Date.now() + movedMs) };
      const moved = createUsageQueries({ pool, catalogue, clock, billingPeriodOf: async () => usage.period });
      const event = buildUsageEvent({ organizationId: id, occurredAtMs: clock.now().getTime() });
      await store.record([event]);
      const ids: string[] = [];
      for await (const batch of moved.exportEvents(id, { mode: 'live', days: 30 }))
        ids.push(...batch.map((exported) => exported.id));
      expect(ids).toEqual([event.id]);
    }
  });

  describe('at once', () => {
    const query: RangeQuery = { mode: 'live', days: 60 };
    const tooMany = { code: 'too_many_requests', retryAfterSeconds: 10 };
    /** Exports as other processes run them. */
    const elsewhere = () =>
      createUsageQueries({
        pool: database.pool,
        catalogue: createMetricCatalogue(database),
        clock: { now: () => new Date() },
        billingPeriodOf: async () => usage.period,
      });
    async function begin(from: UsageQueries, organizationId: string) {
      const running = from.exportEvents(organizationId, query);
      await running.next();
      return running;
    }

    it('is three for one organization in all processes together, and lets others export', async () => {
      const attempts = await Promise.allSettled(Array.from({ length: 8 }, () => begin(elsewhere(), usage.ours.id)));
      const open = attempts.flatMap((attempt) => (attempt.status === 'fulfilled' ? [attempt.value] : []));
      expect(open).toHaveLength(3);
      for (const attempt of attempts) if (attempt.status === 'rejected') expect(attempt.reason).toMatchObject(tooMany);
      await (await begin(queries, usage.theirs.id)).return();
      await open[0]!.return();
      await untilBegun(usage.ours.id);
      for (const running of open) await running.return();
    });

    it('is as many in one process as it has room for, and leaves the connections of everybody else alone', async () => {
      const organizations = await Promise.all(Array.from({ length: 5 }, () => createOrganization(database.pool)));
      await recordFor(organizations.map(({ id }) => id));
      const one = elsewhere();
      const open = await Promise.all(
        organizations.slice(0, 4).flatMap(({ id }) => [1, 2, 3].map(() => begin(one, id))),
      );
      await expect(begin(one, organizations[4]!.id)).rejects.toMatchObject(tooMany);
      expect(database.pool.totalCount - database.pool.idleCount).toBe(0);
      for (const running of open) await running.return();
      await (await begin(one, organizations[4]!.id)).return();
    });

    it('makes room when the database ends that of a stalled reader, whose next reading fails', async () => {
      const stalled = await Promise.all([1, 2, 3].map(() => begin(queries, usage.ours.id)));
      await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and state = 'idle in transaction'`,
      );
      await untilBegun(usage.ours.id);
      for (const iterator of stalled) await expect(iterator.next()).rejects.toThrow();
    });

    /** The end of an export is noticed by Postgres a moment later. */
    async function untilBegun(organizationId: string): Promise<void> {
      for (;;) {
        const begun = await begin(queries, organizationId).catch((error: unknown) => error);
        if (!(begun instanceof AppError)) return void (await (begun as Awaited<ReturnType<typeof begin>>).return());
        expect(begun).toMatchObject(tooMany);
      }
    }
    /** Two batches of events each, so that an export of them goes on after the first. */
    async function recordFor(organizationIds: string[]): Promise<void> {
      const { pool } = database;
      const catalogue = createMetricCatalogue({ pool });
      const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
      for (const organizationId of organizationIds) {
        await store.record(Array.from({ length: 1_500 }, () => buildUsageEvent({ organizationId, livemode: true })));
      }
    }
  });
});

describe('tenancy', () => {
  it('shows nothing of another organization, and keeps test usage apart', async () => {
    const days = { days: 60 } as const;
    const counted = async (organizationId: string, mode: 'live' | 'test') => {
      const { rows } = await database.pool.query<{ n: number }>(
        'select count(*)::int as n from usage_events where organization_id = $1 and livemode = $2',
        [organizationId, mode === 'live'],
      );
      return rows[0]!.n;
    };
    for (const { id } of [usage.ours, usage.theirs]) {
      for (const mode of ['live', 'test'] as const) {
        const requests = await counted(id, mode);
        const { points } = await queries.history(id, { mode, ...days, metric: API_CALLS });
        expect(points.reduce((sum, point) => sum + point.requests, 0)).toBe(requests);
        expect((await queries.stats(id, { mode, ...days })).requests).toBe(requests);
        const { endpoints } = await queries.byEndpoint(id, { mode, ...days });
        expect(endpoints.reduce((sum, endpoint) => sum + endpoint.requests, 0)).toBe(requests);
      }
    }
    const stranger = await createOrganization(database.pool);
    expect((await queries.stats(stranger.id, { mode: 'live', ...days })).requests).toBe(0);
    expect((await queries.exportEvents(stranger.id, { mode: 'live', ...days }).next()).done).toBe(true);
    const foreignKey = { mode: 'live' as const, ...days, api_key_id: usage.theirs.keys[0]! };
    expect((await queries.stats(usage.ours.id, foreignKey)).requests).toBe(0);
  });
});
