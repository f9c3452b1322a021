import fc from 'fast-check';
import { pino } from 'pino';
import { systemClock } from '@/kernel/clock';
import { newId } from '@/kernel/ids';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { CALLS, type EventSource, RESERVATIONS, type UsageEvent } from './contracts';
import { createLabelStore } from './label-store';
import { createUsageReports, type Reporter, type UsageReports } from './usage-reports';
import { createUsageStore } from './usage-store';
import { type UsageStore } from './usage-store-contract';
import { createUsageTracker } from './usage-tracker';
import { verifyUsage } from './usage-verification';

let database: TestDatabase;
let store: UsageStore;
let reports: UsageReports;
let reporter: Reporter;

function storeAnew(): UsageStore {
  const { pool } = database;
  const catalogue = createMetricCatalogue({ pool });
  return createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
}

beforeAll(async () => {
  database = await createTestDatabase();
  store = storeAnew();
  const catalogue = createMetricCatalogue({ pool: database.pool });
  reports = createUsageReports({ store, catalogue, clock: systemClock, storedIp: (ip) => ip });
});
beforeEach(async () => {
  const { id } = await createOrganization(database.pool);
  reporter = { organizationId: id, livemode: true, apiKeyId: null };
});
afterAll(() => database.drop());

const report = (events: unknown[], by: Reporter = reporter) =>
  reports.record(by, { body: events, contentType: 'application/json', headers: [] });
const callOf = (given: Partial<UsageEvent> = {}) =>
  buildUsageEvent({ organizationId: reporter.organizationId, ...given, source: CALLS });

/** Answers calls as a process does, and gives back how many of them were counted. */
async function answer(calls: ReturnType<typeof callOf>[]): Promise<number> {
  const tracker = createUsageTracker({
    store,
    journal: null,
    clock: systemClock,
    log: pino({ level: 'silent' }),
    durability: 'memory',
    onOverflow: 'block',
    batchSize: 100,
    flushMs: 10,
    queueLimit: 1_000,
  });
  for (const call of calls) await tracker.record(call);
  await tracker.close();
  return tracker.status().recorded;
}

describe('a call that was answered', () => {
  it('is counted whatever was reported under its id before, by any name of a source of ours, in any format', async () => {
    const calls = Array.from({ length: 30 }, () => callOf());
    for (const source of ['api', 'reservations', 'own api', 'true own api']) {
      await report(calls.map(({ id }) => ({ id, source, quantities: { api_calls: 1 } })));
      const cloudEvents = calls.map(({ id }) => ({
        specversion: '1.0',
        id: `${id}`,
        source: `${source}/cloud`,
        type: 'call',
        data: { quantities: { api_calls: 1 } },
      }));
      await reports.record(reporter, {
        body: cloudEvents,
        contentType: 'application/cloudevents-batch+json',
        headers: [],
      });
    }
    await store.record(calls.map((call) => ({ ...call, source: { kind: 'imported', name: 'api' } })));
    for (const { id } of calls) await reports.track(reporter, { id, metric: 'api_calls', quantity: 1 });
    await expect(answer(calls)).resolves.toBe(30);
    const { rows } = await database.pool.query(
      `select count(*)::int as n from usage_events e join usage_sources s on s.id = e.source_id
       where e.organization_id = $1 and s.kind = 'own' and s.name = 'api'`,
      [reporter.organizationId],
    );
    expect(rows).toEqual([{ n: 30 }]);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('is counted whatever stands under its id in the other mode', async () => {
    const calls = Array.from({ length: 5 }, () => callOf());
    await expect(answer(calls.map((call) => ({ ...call, livemode: false })))).resolves.toBe(5);
    await expect(answer(calls)).resolves.toBe(5);
    await expect(answer(calls)).resolves.toBe(0);
  });
});

describe('the identity of an event', () => {
  it('is its organization, mode, kind of source, source and id: copies of all five are one event, others are two', async () => {
    const sources: EventSource[] = [
      CALLS,
      RESERVATIONS,
      { kind: 'reported', name: 'api' },
      { kind: 'imported', name: 'api' },
      { kind: 'reported', name: 'reservations' },
    ];
    const events = sources.flatMap((source) =>
      [true, false].map((livemode) =>
        buildUsageEvent({ ...callOf({ id: 'same' }), source, livemode, occurredAtMs: 1e12 }),
      ),
    );
    expect(await store.record(events)).toEqual(events.map(() => ({ outcome: 'accepted' })));
    expect(await store.record(events, { knownForever: true })).toEqual(events.map(() => ({ outcome: 'duplicate' })));
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('makes two events of the same report in live and in test mode', async () => {
    const event = { id: 'r-1', quantities: { api_calls: 1 } };
    expect(await report([event])).toMatchObject({ accepted: 1 });
    expect(await report([event], { ...reporter, livemode: false })).toMatchObject({ accepted: 1 });
    expect(await report([event])).toMatchObject({ duplicates: 1 });
  });
});

describe('the next valid event is recorded', () => {
  it('after 1,024 reports of 9007199254740991 bytes: 20 of 20 calls of that key, route and hour are counted', async () => {
    const huge = (n: number) => ({
      id: `huge-${n}`,
      route: '/v1/documents/{id}',
      request_bytes: Number.MAX_SAFE_INTEGER,
      response_bytes: Number.MAX_SAFE_INTEGER,
      duration_ms: 2_147_483,
      quantities: { api_calls: Number.MAX_SAFE_INTEGER },
    });
    const accepted = await report(Array.from({ length: 1_000 }, (_, n) => huge(n)));
    const more = await report(Array.from({ length: 24 }, (_, n) => huge(1_000 + n)));
    expect([accepted.accepted, more.accepted]).toEqual([1_000, 24]);
    await expect(answer(Array.from({ length: 20 }, () => callOf()))).resolves.toBe(20);
    expect(await report([{ id: 'plain', quantities: { api_calls: 1 } }])).toMatchObject({ accepted: 1 });
    const { rows } = await database.pool.query(
      `select sum(response_bytes)::text as bytes from usage_rollups where organization_id = $1 and metric = 'api_calls'`,
      [reporter.organizationId],
    );
    expect(rows).toEqual([{ bytes: String(BigInt(Number.MAX_SAFE_INTEGER) * 1_024n + 20n * 512n) }]);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });

  it('whatever was accepted before, of any numbers and texts, by reports and of our own', async () => {
    const most = Number.MAX_SAFE_INTEGER;
    const count = fc.oneof(fc.constantFrom(0, 1, most), fc.nat(), fc.maxSafeNat());
    const text = (maxLength: number) => fc.string({ unit: 'binary', minLength: 1, maxLength });
    const quantity = fc.oneof(
      count,
      fc.double({ noNaN: true }),
      fc.constantFrom('1000000000000000000', '9007199254740993', '0.1234567890123456789', '1e400', '-1'),
      text(20),
    );
    const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
    const reported = fc.record({
      id: text(255),
      source: maybe(text(64)),
      route: maybe(text(512)),
      method: maybe(fc.stringMatching(/^[A-Z]{3,10}$/)),
      status: maybe(fc.integer({ min: 0, max: 700 })),
      duration_ms: maybe(fc.oneof(fc.double({ noNaN: true }), fc.constant(2_147_483.647))),
      request_bytes: maybe(count),
      response_bytes: maybe(count),
      user_agent: maybe(text(512)),
      ip: maybe(fc.oneof(fc.ipV4(), fc.ipV6())),
      error_code: maybe(text(64)),
      quantities: fc.dictionary(
        fc.constantFrom('api_calls', 'ai_tokens', 'storage_gb', 'members', 'user_sessions', 'nothing'),
        quantity,
        { minKeys: 1, noNullPrototype: true },
      ),
    });
    // What a wrapper would never make, but a mistake in one might: the store takes it or refuses it alone.
    const strange = fc.record({
      id: fc.oneof(text(300), fc.constant('')),
      occurredAtMs: fc.oneof(fc.constantFrom(NaN, -1e15, 1e300, 8.64e15, 0), fc.nat()),
      status: fc.oneof(fc.constantFrom(-1, 70_000, 1.5), fc.nat(599)),
      durationUs: fc.oneof(fc.constantFrom(-1, 1e300, NaN), count),
      requestBytes: fc.oneof(fc.constantFrom(-1, 2 ** 63, 0.5), count),
      responseBytes: count,
      ip: fc.constantFrom('fe80::1%eth0', 'nowhere', '192.0.2.1', null),
      apiKeyId: fc.constantFrom('key', null),
      quantities: fc.constantFrom<UsageEvent['quantities']>(
        { api_calls: NaN },
        { api_calls: 1e300 },
        { api_calls: '12' },
        { api_calls: 'twelve' },
        { nothing: 1 },
        { api_calls: 1 },
      ),
      userAgent: text(600),
      route: text(600),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(reported, { minLength: 1, maxLength: 20 }),
        fc.array(strange, { maxLength: 10 }),
        async (some, others) => {
          await report(some);
          const own = [...others.map((other) => callOf(other)), callOf()];
          const outcomes = await store.record(own);
          expect(outcomes.at(-1)).toEqual({ outcome: 'accepted' });
          await expect(answer([callOf()])).resolves.toBe(1);
          expect(await report([{ id: newId(), quantities: { api_calls: 1 } }])).toMatchObject({ accepted: 1 });
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 20_000 },
    );
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  }, 60_000);

  it('whatever methods were reported: a breakdown does not grow by them', async () => {
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
    const invented = Array.from({ length: 500 }, (_, n) => `M${letters[n % 26]}${letters[Math.floor(n / 26)]}`);
    await report(invented.map((method, n) => ({ id: `m-${n}`, method, quantities: { api_calls: 1 } })));
    await report([{ id: 'get', method: 'GET', quantities: { api_calls: 1 } }]);
    const { rows } = await database.pool.query(
      `select c.code, sum(c.n)::int as n from usage_rollups r cross join lateral breakdown_counts(r.breakdown) c
       where r.organization_id = $1 and r.metric = 'api_calls' group by 1 order by 1`,
      [reporter.organizationId],
    );
    expect(rows).toEqual([
      { code: 3000, n: 500 },
      { code: 3001, n: 1 },
    ]);
  });
});

describe('numbers of texts that repeat', () => {
  const numbered = async () => {
    const { rows } = await database.pool.query<{ drawn: string }>(
      `select coalesce(sum(last_value), 0) as drawn from pg_sequences
       where sequencename in ('usage_labels_id_seq', 'usage_sources_id_seq')`,
    );
    return rows[0]!.drawn;
  };

  it('are drawn for new texts only, however many processes start', async () => {
    await store.record([callOf({ route: '/known', userAgent: 'known' })]);
    const drawn = await numbered();
    for (let start = 0; start < 5; start++) await storeAnew().record([callOf({ route: '/known', userAgent: 'known' })]);
    expect(await numbered()).toBe(drawn);
  });

  it('go on beyond what four bytes hold', async () => {
    for (const table of ['usage_labels', 'usage_sources']) {
      await database.pool.query(`alter table ${table} alter column id restart with 3000000000`);
    }
    const { id } = await createOrganization(database.pool);
    reporter = { ...reporter, organizationId: id };
    await expect(answer([callOf({ route: '/beyond', userAgent: 'beyond' })])).resolves.toBe(1);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });
});
