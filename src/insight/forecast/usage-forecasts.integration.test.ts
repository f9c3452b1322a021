import { createUsageQueries } from '@/analytics';
import { createEntitlementReader, createMetricCatalogue, createPlanCatalogue } from '@/plans';
import { createQuotaStore } from '@/quotas';
import { createBilledOrganization, usageOn } from '@/testing/billing-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { forecastQuery } from '../contracts';
import { createUsageForecasts } from './usage-forecasts';

const DAY_MS = 86_400_000;
const TODAY_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS;
const NOW = new Date(TODAY_MS + 9 * 3_600_000);
const dayAt = (ago: number) => new Date(TODAY_MS - ago * DAY_MS + 3_600_000).toISOString();

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
}, 60_000);
afterAll(() => database.drop());

function forecasts() {
  const { pool } = database;
  const catalogue = createMetricCatalogue({ pool });
  const entitlements = createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) });
  const clock = { now: () => NOW };
  const usageQueries = createUsageQueries({
    pool,
    clock,
    catalogue,
    billingPeriodOf: async (organizationId, at) => (await entitlements.read(organizationId, at)).period,
  });
  return createUsageForecasts({
    pool,
    usageQueries,
    entitlements,
    catalogue,
    quotaStore: createQuotaStore({ pool }),
    clock,
  });
}

async function organization(createdDaysAgo: number): Promise<string> {
  const id = await createBilledOrganization(database.pool, dayAt(createdDaysAgo));
  await database.pool.query('update organizations set created_at = $2 where id = $1', [id, dayAt(createdDaysAgo)]);
  return id;
}

it('takes whole days since the creation for history, those without usage as zeros, and leaves out the day that is not over', async () => {
  const id = await organization(21);
  const record = usageOn(database.pool);
  for (let ago = 14; ago >= 0; ago -= 1) await record(id, dayAt(ago), { api_calls: 10 });
  const answer = await forecasts().of(id, forecastQuery.parse({ horizon_days: '5' }));
  // Twenty whole days: six of zeros, fourteen with ten calls each.
  expect(answer.history).toEqual({ from: dayAt(20).slice(0, 10), days: 20 });
  expect(answer.days.map(({ date }) => date)).toEqual([0, -1, -2, -3, -4].map((ago) => dayAt(ago).slice(0, 10)));
  expect(answer.days[0]!.mean).toBeGreaterThan(5);
  expect(answer.period).toMatchObject({ quota: expect.any(Number) as number });
  expect(answer.period!.total.mean).toBeGreaterThanOrEqual(answer.period!.used);
});

it('says that seven whole days are needed where there are fewer, and takes usage from before the creation for history', async () => {
  const young = await organization(7);
  expect(await forecasts().of(young, forecastQuery.parse({}))).toMatchObject({
    status: 'insufficient_data',
    history: { days: 6 },
    days: [],
    period: null,
  });
  await usageOn(database.pool)(young, dayAt(30), { api_calls: 1 });
  expect(await forecasts().of(young, forecastQuery.parse({}))).toMatchObject({ status: 'ok', history: { days: 30 } });
});

it('forecasts levels without adding them up, and refuses a metric that there is not', async () => {
  const id = await organization(30);
  await usageOn(database.pool)(id, dayAt(25), { storage_gb: 4 });
  const answer = await forecasts().of(id, forecastQuery.parse({ metric: 'storage_gb', model: 'moving_average' }));
  expect(answer).toMatchObject({ status: 'ok', period: null });
  expect(answer.days[0]!.mean).toBeGreaterThan(2);
  await expect(forecasts().of(id, forecastQuery.parse({ metric: 'no_such_metric' }))).rejects.toMatchObject({
    code: 'invalid_request',
  });
});
