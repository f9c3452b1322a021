import fc from 'fast-check';
import { Pool } from 'pg';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { CALLS, type EventSource, type UsageEvent } from './contracts';
import { createLabelStore } from './label-store';
import { createUsageMaintenance } from './usage-maintenance';
import { createUsageStore } from './usage-store';
import { verifyUsage } from './usage-verification';

let database: TestDatabase;
const storeOn = (pool: Pool, routeLimit = 500) =>
  createUsageStore({
    pool,
    labels: createLabelStore({ pool }),
    catalogue: createMetricCatalogue({ pool }),
    routeLimit,
  });

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Of events that may be told again with another timestamp. */
const WORKER: EventSource = { kind: 'reported', name: 'worker' };
/** Adds the hours before an instant to the sums per day. */
const fold = (organizationId: string, to: Date) =>
  database.pool.query('select fold_usage($1, $2)', [organizationId, to]);

/** Everything the sums say of an organization, in an order of its own, without the organization. */
async function sumsOf(organizationId: string): Promise<string> {
  await fold(organizationId, new Date('2026-11-04'));
  const columns = `livemode, metric, route, api_key_id, events, quantity_sum::float8, quantity_max::float8, quantity_last::float8, last_at,
    client_errors, server_errors, request_bytes::float8, response_bytes::float8, duration_us::float8, measured,
    encode(compact_breakdown(breakdown), 'hex') as breakdown`;
  const { rows: hours } = await database.pool.query(
    `select hour, ${columns} from usage_rollups where organization_id = $1 order by 1, 2, 3, 4, 5`,
    [organizationId],
  );
  const { rows: days } = await database.pool.query(
    `select day, ${columns} from usage_daily where organization_id = $1 order by 1, 2, 3, 4, 5`,
    [organizationId],
  );
  const { rows: values } = await database.pool.query(
    `select metric, day, encode(value_sha256, 'hex') from usage_unique_values where organization_id = $1 order by 1, 2, 3`,
    [organizationId],
  );
  return JSON.stringify({ hours, days, values });
}

const eventArbitrary = fc.record({
  id: fc.oneof(fc.uuid(), fc.string({ minLength: 1, maxLength: 40, unit: 'binary' })),
  source: fc.constantFrom<EventSource>(
    CALLS,
    { kind: 'reported', name: 'api' },
    { kind: 'imported', name: 'api' },
    { kind: 'reported', name: 'events' },
  ),
  occurredAtMs: fc.integer({ min: Date.UTC(2026, 9, 30), max: Date.UTC(2026, 10, 3) }),
  livemode: fc.boolean(),
  route: fc.option(fc.constantFrom('/a', '/b/{id}', 'tab\there', 'back\\slash\nand line')),
  method: fc.constantFrom('GET', 'POST'),
  status: fc.constantFrom(200, 201, 404, 499, 500),
  durationUs: fc.option(fc.integer({ min: 0, max: 60_000_000 })),
  responseBytes: fc.option(fc.integer({ min: 0, max: 1_000_000 })),
  userAgent: fc.option(fc.string({ maxLength: 20, unit: 'binary' })),
  country: fc.option(fc.constantFrom('DE', 'US')),
  quantities: fc.record(
    {
      api_calls: fc.integer({ min: 0, max: 5 }),
      ai_tokens: fc.integer({ min: 0, max: 100_000 }).map((n) => n / 8),
      storage_gb: fc.integer({ min: 0, max: 50 }),
      members: fc.integer({ min: 0, max: 50 }),
      user_sessions: fc.constantFrom('anna', 'ben', 'nul\0', 'half \ud800'),
    },
    { requiredKeys: ['api_calls'] },
  ),
});

describe('recording', () => {
  it('gives the same sums for any order, any repetition, any split into batches, and whenever hours are added to days', async () => {
    const store = storeOn(database.pool);
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(eventArbitrary, {
          minLength: 1,
          maxLength: 40,
          selector: ({ livemode, source, id }) => `${livemode}/${source.kind}/${source.name}/${id}`,
        }),
        fc.infiniteStream(fc.nat()),
        async (drafts, stream) => {
          const [plain, shuffled] = [await createOrganization(database.pool), await createOrganization(database.pool)];
          const inOrder = drafts.map((draft) => buildUsageEvent({ ...draft, organizationId: plain.id }));
          await store.record(inOrder);

          const next = () => Number(stream.next().value ?? 0);
          const again = drafts.flatMap((draft) =>
            Array.from({ length: 1 + (next() % 3) }, () => buildUsageEvent({ ...draft, organizationId: shuffled.id })),
          );
          const mixed = again
            .map((event) => ({ event, place: next() }))
            .sort((a, b) => a.place - b.place)
            .map(({ event }) => event);
          let accepted = 0;
          while (mixed.length > 0) {
            if (next() % 3 === 0) await fold(shuffled.id, new Date(Date.UTC(2026, 9, 30, next() % 96)));
            const outcomes = await store.record(mixed.splice(0, 1 + (next() % 12)));
            accepted += outcomes.filter(({ outcome }) => outcome === 'accepted').length;
          }

          expect(accepted).toBe(drafts.length);
          expect(await sumsOf(shuffled.id)).toBe(await sumsOf(plain.id));
        },
      ),
      { numRuns: 25 },
    );
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('counts each event once when two processes send the same 10,000 with other timestamps on the retries', async () => {
    const organization = await createOrganization(database.pool);
    const events = Array.from({ length: 10_000 }, (_, n) =>
      buildUsageEvent({
        organizationId: organization.id,
        source: WORKER,
        id: `event-${n}`,
        occurredAtMs: Date.UTC(2026, 10, 1) + n * 1000,
      }),
    );
    const retried = events.map((event): UsageEvent => ({ ...event, occurredAtMs: event.occurredAtMs + 86_400_000 }));
    const other = new Pool({ connectionString: database.url, max: 4 });
    const stores = [storeOn(database.pool), storeOn(other)];
    const send = async (store: (typeof stores)[number], batch: UsageEvent[]) => {
      const sizes: number[] = [];
      for (let from = 0; from < batch.length; from += 700) {
        const outcomes = await store.record(batch.slice(from, from + 700));
        sizes.push(outcomes.filter(({ outcome }) => outcome === 'accepted').length);
      }
      return sizes.reduce((sum, size) => sum + size, 0);
    };
    const accepted = await Promise.all([
      send(stores[0]!, events),
      send(stores[1]!, retried),
      send(stores[0]!, retried.toReversed()),
      send(stores[1]!, events.toReversed()),
    ]);
    await other.end();

    expect(accepted.reduce((sum, n) => sum + n, 0)).toBe(10_000);
    const { rows } = await database.pool.query(
      'select sum(quantity_sum)::int as total from usage_rollups where organization_id = $1',
      [organization.id],
    );
    expect(rows).toEqual([{ total: 10_000 }]);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('never deadlocks when batches of several organizations meet in opposite orders', async () => {
    const organizations = await Promise.all(Array.from({ length: 6 }, () => createOrganization(database.pool)));
    const store = storeOn(database.pool);
    const batch = (list: typeof organizations) =>
      list.map((organization) => buildUsageEvent({ organizationId: organization.id, route: `/r/${Math.random()}` }));
    const results = await Promise.all(
      Array.from({ length: 40 }, (_, n) => store.record(batch(n % 2 ? organizations : organizations.toReversed()))),
    );
    expect(results.flat().every(({ outcome }) => outcome === 'accepted')).toBe(true);
  });

  it('counts each event once when two processes send a large batch of many organizations at once, in parts', async () => {
    const organizations = await Promise.all(Array.from({ length: 24 }, () => createOrganization(database.pool)));
    const events = Array.from({ length: 1_200 }, (_, n) =>
      buildUsageEvent({ organizationId: organizations[n % organizations.length]!.id, source: WORKER }),
    );
    const stores = [storeOn(database.pool), storeOn(database.pool), storeOn(database.pool)];
    const outcomes = await Promise.all(stores.map((store) => store.record(events)));
    for (let n = 0; n < events.length; n += 1)
      expect(outcomes.map((of) => of[n]!.outcome).sort()).toEqual(['accepted', 'duplicate', 'duplicate']);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('says per event what it refused and why, and keeps the rest', async () => {
    const organization = await createOrganization(database.pool);
    const stranger = '00000000-0000-4000-8000-0000000000ff';
    const good = buildUsageEvent({ organizationId: organization.id, source: WORKER });
    const outcomes = await storeOn(database.pool).record([
      good,
      buildUsageEvent({ organizationId: organization.id, quantities: { no_such_metric: 1 } }),
      buildUsageEvent({ organizationId: stranger }),
      { ...good, occurredAtMs: good.occurredAtMs - 5_000 },
    ]);
    expect(outcomes).toEqual([
      { outcome: 'accepted' },
      expect.objectContaining({ outcome: 'rejected', reason: 'unknown_metric' }),
      expect.objectContaining({ outcome: 'rejected', reason: 'unknown_organization' }),
      { outcome: 'duplicate' },
    ]);
  });

  it('recognises a retry that comes in the next month', async () => {
    const organization = await createOrganization(database.pool);
    const event = buildUsageEvent({ organizationId: organization.id, source: WORKER });
    const store = storeOn(database.pool);
    await store.record([event]);
    // Age the stored copy: move it to last month's partition.
    await database.pool.query(`select ensure_usage_partition((date_trunc('month', now()) - interval '1 month')::date)`);
    await database.pool.query(
      `update usage_events set stored_at = date_trunc('month', now()) - interval '1 day' where organization_id = $1`,
      [organization.id],
    );
    expect(await store.record([{ ...event, occurredAtMs: Date.now() }])).toEqual([{ outcome: 'duplicate' }]);
  });

  it('recognises a copy of any age when asked to', async () => {
    const organization = await createOrganization(database.pool);
    const event = buildUsageEvent({ organizationId: organization.id });
    const store = storeOn(database.pool);
    await store.record([event]);
    await database.pool.query(
      `select ensure_usage_partition((date_trunc('month', now()) - interval '4 months')::date)`,
    );
    await database.pool.query(
      `update usage_events set stored_at = date_trunc('month', now()) - interval '4 months' where organization_id = $1`,
      [organization.id],
    );
    expect(await store.record([event], { knownForever: true })).toEqual([{ outcome: 'duplicate' }]);
  });

  it('sums routes above the limit as (other), keeps them in the raw events, and a recount agrees', async () => {
    const organization = await createOrganization(database.pool);
    const store = storeOn(database.pool, 3);
    for (let n = 0; n < 4; n += 1) {
      await store.record(
        Array.from({ length: 5 }, (_, i) =>
          buildUsageEvent({ organizationId: organization.id, route: `/invented/${n * 2 + i}` }),
        ),
      );
    }
    const { rows: routes } = await database.pool.query(
      'select route, sum(events)::int as events from usage_rollups where organization_id = $1 group by 1 order by 1',
      [organization.id],
    );
    expect(routes).toHaveLength(4);
    expect(routes[0]).toMatchObject({ route: '(other)' });
    expect(routes.reduce((sum: number, row: { events: number }) => sum + row.events, 0)).toBe(20);
    const { rows: raw } = await database.pool.query(
      'select count(distinct route_id)::int as n from usage_events where organization_id = $1',
      [organization.id],
    );
    expect(raw).toEqual([{ n: 11 }]);
    const mended = await createUsageMaintenance({ pool: database.pool }).aggregateDay(
      new Date().toISOString().slice(0, 10),
    );
    expect(mended.filter(({ organization_id }) => organization_id === organization.id)).toEqual([]);
  });
});
