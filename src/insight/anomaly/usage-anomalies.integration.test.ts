import { createUsageQueries } from '@/analytics';
import { createLabelStore, createUsageStore } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { trafficSeries } from '@/testing/traffic-series';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { detectAnomaliesQuery } from './anomaly-contracts';
import { createUsageAnomalies, type UsageAnomalies } from './usage-anomalies';

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const DAYS = 42;
/** The last Monday, so that it does not matter when the test runs. 1970 began on a Thursday. */
const NOW_MS = Math.floor((Date.now() + 72 * HOUR_MS) / WEEK_MS) * WEEK_MS - 72 * HOUR_MS;
const hourOf = (hour: number): number => NOW_MS - (DAYS * 24 - hour) * HOUR_MS;
const SPIKE = DAYS * 24 - 30;

let database: TestDatabase;
let anomalies: UsageAnomalies;
let odd: string;
let calm: string;

/** One report of tokens an hour. */
async function recordHours(organizationId: string, values: number[]): Promise<void> {
  const { pool } = database;
  const catalogue = createMetricCatalogue({ pool });
  const store = createUsageStore({ pool, labels: createLabelStore({ pool }), catalogue, routeLimit: 500 });
  const events = values.map((tokens, hour) =>
    buildUsageEvent({ organizationId, occurredAtMs: hourOf(hour), quantities: { api_calls: 1, ai_tokens: tokens } }),
  );
  for (let at = 0; at < events.length; at += 500) await store.record(events.slice(at, at + 500));
}

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  const clock = { now: () => new Date(NOW_MS) };
  const catalogue = createMetricCatalogue({ pool });
  const period = { from: new Date(NOW_MS - HOUR_MS), to: new Date(NOW_MS) };
  const usageQueries = createUsageQueries({ pool, catalogue, clock, billingPeriodOf: async () => period });
  anomalies = createUsageAnomalies({ usageQueries, catalogue, clock });
  odd = (await createOrganization(pool)).id;
  calm = (await createOrganization(pool)).id;
  const { values } = trafficSeries({ noise: 'poisson', seed: 2, days: DAYS, peak: 400 });
  await recordHours(calm, values);
  await recordHours(
    odd,
    values.map((value, hour) => (hour === SPIKE ? 9000 : hour === SPIKE + 1 ? 7000 : value)),
  );
}, 60_000);
afterAll(() => database.drop());

const detect = (organizationId: string, query: object = {}) =>
  anomalies.detect(organizationId, detectAnomaliesQuery.parse({ metric: 'ai_tokens', ...query }));

it('finds an incident once, with what was expected, in the organization that had it', async () => {
  const hour = Math.floor(hourOf(SPIKE) / HOUR_MS) * HOUR_MS;
  const { incidents, interval, period } = await detect(odd);
  expect(interval).toBe('hour');
  expect(Date.parse(period.to)).toBeLessThanOrEqual(NOW_MS);
  expect(incidents[0]).toMatchObject({ opened_at: new Date(hour).toISOString(), value: 9000 });
  expect(incidents[0]!.expected.high).toBeLessThan(1000);
  expect(incidents[0]!.severity).toBeGreaterThan(1);
  const before = (await detect(calm)).incidents;
  expect(incidents.slice(1)).toEqual(before);
});

it('looks for what the method says, and tells test usage from live', async () => {
  expect((await detect(odd, { method: 'velocity' })).incidents.map(({ kind }) => kind)).toEqual(['velocity']);
  expect((await detect(odd, { method: 'statistical' })).incidents.map(({ kind }) => kind)).not.toContain('velocity');
  expect((await detect(odd, { mode: 'test' })).incidents).toEqual([]);
});

it('goes by days where distinct values are counted, and refuses a metric that there is not', async () => {
  expect(await detect(odd, { metric: 'user_sessions' })).toMatchObject({ interval: 'day', incidents: [] });
  await expect(detect(odd, { metric: 'nothing' })).rejects.toMatchObject({ code: 'invalid_request' });
});
