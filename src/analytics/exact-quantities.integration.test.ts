import { createLabelStore, createUsageReports, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createUsageQueries } from './usage-queries';
import { type ExportedEvent } from './contracts';

const NOW = new Date();
const clock = { now: () => NOW };
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

it('reads ten times 10^15 + 1 as 10000000000000010, and 0.1 and 0.2 as 0.3: in sums, points, bytes and exports, also as JSON', async () => {
  const { pool } = database;
  const { id: organizationId } = await createOrganization(pool);
  const catalogue = createMetricCatalogue({ pool });
  const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
  const reports = createUsageReports({ store, catalogue, clock, storedIp: (ip) => ip });
  const day = new Date(Date.UTC(NOW.getUTCFullYear(), NOW.getUTCMonth(), NOW.getUTCDate()));
  const period = { from: day, to: new Date(day.getTime() + 86_400_000) };
  const queries = createUsageQueries({ pool, clock, catalogue, billingPeriodOf: async () => period });
  const body = Array.from({ length: 10 }, (_, n) => ({
    id: `e-${n}`,
    response_bytes: 1_000_000_000_000_001,
    quantities: {
      api_calls: 1,
      bandwidth_bytes: 1_000_000_000_000_001,
      ...(n < 2 && { call_minutes: n === 0 ? 0.1 : 0.2 }),
      ...(n === 9 && { ai_tokens: '10000000000000001', user_sessions: 'session 12345678901234567890' }),
    },
  }));
  await reports.record(
    { organizationId, livemode: true, apiKeyId: null },
    { body, contentType: 'application/json', headers: [] },
  );

  const throughJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  const { metrics } = throughJson(await queries.currentPeriod(organizationId, { mode: 'live' }));
  const quantityOf = (metric: string) => metrics.find(({ metric: key }) => key === metric)?.quantity;
  expect(quantityOf('bandwidth_bytes')).toBe('10000000000000010');
  expect(quantityOf('call_minutes')).toBe(0.3);
  expect(quantityOf('ai_tokens')).toBe('10000000000000001');
  expect(quantityOf('api_calls')).toBe(10);

  const stats = throughJson(await queries.stats(organizationId, { mode: 'live', hours: 2 }));
  expect(stats.response_bytes).toBe('10000000000000010');
  const { points } = throughJson(
    await queries.history(organizationId, { mode: 'live', hours: 2, metric: 'bandwidth_bytes' }),
  );
  expect(points.map(({ quantity }) => quantity)).toContain('10000000000000010');

  const exported: ExportedEvent[] = [];
  for await (const batch of queries.exportEvents(organizationId, { mode: 'live', hours: 2 })) exported.push(...batch);
  expect(throughJson(exported.find(({ id }) => id === 'e-9'))).toMatchObject({
    source: 'events',
    source_kind: 'reported',
    quantities: {
      bandwidth_bytes: 1_000_000_000_000_001,
      ai_tokens: '10000000000000001',
      user_sessions: 'session 12345678901234567890',
    },
  });
});
