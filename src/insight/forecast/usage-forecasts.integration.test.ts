import { createUsageQueries } from '@/analytics';
import { createEntitlementReader, createMetricCatalogue, createPlanCatalogue } from '@/plans';
import { createQuotaStore } from '@/quotas';
import { createBilledOrganization, usageOn } from '@/testing/billing-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { forecastQuery, forecastRecordQuery } from '../contracts';
import { projectionsOf } from './read-outlooks';
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

function forecasts({
  now = NOW,
  warn = () => undefined,
}: { now?: Date; warn?: (error: unknown, id: string) => void } = {}) {
  const { pool } = database;
  const catalogue = createMetricCatalogue({ pool });
  const entitlements = createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) });
  const clock = { now: () => now };
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
    warn,
  });
}

const always = () => true;

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

/** What is kept, as `metric day` each. */
async function kept(id: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ kept: string }>(
    `select metric || ' ' || made_on as kept from usage_forecasts where organization_id = $1 order by 1`,
    [id],
  );
  return rows.map((row) => row.kept);
}

async function projectionOf(id: string, used: number, now = NOW) {
  const { pool } = database;
  const entitlements = await createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) }).read(id, now);
  const counters = [
    { metric: 'api_calls', used, leased: 0, highest: used, events: 1, periodStart: entitlements.period.from },
  ];
  const projections = await forecasts({ now }).projections(id, { entitlements, counters, now });
  return { projection: projections.get('api_calls'), limit: entitlements.limits.get('api_calls')!, entitlements };
}

describe('forecasts that are kept', () => {
  it('are made once a day for all who use something, whoever fails, wherever a run stops and however often it comes', async () => {
    await database.pool.query('delete from usage_ledgers');
    const record = usageOn(database.pool);
    const ids = [await organization(10), await organization(10), await organization(10)];
    const [broken, ...well] = ids as [string, string, string];
    const fresh = await organization(3);
    for (const id of [...ids, fresh]) {
      await database.pool.query('insert into usage_ledgers (organization_id) values ($1) on conflict do nothing', [id]);
      for (let ago = id === fresh ? 2 : 8; ago > 0; ago -= 1) await record(id, dayAt(ago), { api_calls: 10 });
    }
    await database.pool.query('delete from subscription_phases where organization_id = $1', [broken]);
    const warned: string[] = [];
    const warn = (_error: unknown, id: string) => void warned.push(id);
    // Time is up after one organization; the next run goes on, and another at once changes nothing.
    let asked = 0;
    const first = await forecasts({ warn }).storeAll(() => (asked += 1) <= 2);
    expect(first).toMatchObject({ complete: false });
    const [again, beside] = await Promise.all([forecasts({ warn }).storeAll(always), forecasts().storeAll(always)]);
    expect([again.complete, beside.complete]).toEqual([true, true]);
    expect(await forecasts({ warn }).storeAll(always)).toEqual({ done: 0, failed: 1, complete: true });
    expect(new Set(warned)).toEqual(new Set([broken]));
    for (const id of well) expect(await kept(id)).toEqual([`api_calls ${dayAt(0).slice(0, 10)}`]);
    expect([await kept(broken), await kept(fresh)]).toEqual([[], []]);
    // A day later there is another, and a year later neither.
    const tomorrow = new Date(NOW.getTime() + DAY_MS);
    await forecasts({ now: tomorrow }).storeAll(always);
    expect(await kept(well[0])).toHaveLength(2);
    await forecasts().removeOld(new Date(NOW.getTime() + 367 * DAY_MS));
    expect(await kept(well[0])).toHaveLength(1);
  });

  it('are what quotas are projected by: what was used and the days to come, never beyond a hard limit, and nothing without ground', async () => {
    const id = await organization(30);
    const record = usageOn(database.pool);
    for (let ago = 25; ago > 0; ago -= 1) await record(id, dayAt(ago), { api_calls: 10 });
    const { projection, entitlements, limit } = await projectionOf(id, 100);
    const left = Math.ceil((entitlements.period.to.getTime() - TODAY_MS) / DAY_MS);
    expect(projection!.total.mean).toBeGreaterThan(100 + 7 * left);
    expect(projection!.total.mean).toBeLessThan(100 + 11 * left);
    expect(projection!.runsOutOn).toBeNull();
    expect(projection!.probability).toBeLessThan(0.1);
    expect(await kept(id)).toContain(`api_calls ${dayAt(0).slice(0, 10)}`);
    // One call more is one more at most: nothing jumps.
    const more = (await projectionOf(id, 101)).projection!;
    expect(more.total.mean - projection!.total.mean).toBeLessThanOrEqual(1 + 1e-9);
    const full = (await projectionOf(id, limit.included! - 1)).projection!;
    expect(full).toMatchObject({ total: { mean: limit.limit }, runsOutOn: expect.any(String) as string });
    // The next day's are still those of the day before, until there are newer ones.
    const tomorrow = new Date(NOW.getTime() + DAY_MS);
    if (left > 1) {
      const later = (await projectionOf(id, 110, tomorrow)).projection!;
      expect(Math.abs(later.total.mean - projection!.total.mean)).toBeLessThan(2);
      expect(await kept(id)).not.toContain(`api_calls ${dayAt(-1).slice(0, 10)}`);
    }
    // Day by day: as it was until yesterday, and from there on to the same end.
    const counters = [
      { metric: 'api_calls', used: 100, leased: 0, highest: 100, events: 1, periodStart: entitlements.period.from },
    ];
    const outlooks = await forecasts().outlooks(id, { entitlements, counters, now: NOW });
    expect(projectionsOf(outlooks).get('api_calls')).toEqual(projection);
    const { days, ...outlook } = outlooks.find(({ metric }) => metric === 'api_calls')!;
    expect(outlook).toMatchObject({ status: 'ok', quota: limit.included, hard: true, total: projection!.total });
    expect(days.filter(({ expected }) => expected !== null)).toHaveLength(left);
    expect(days.filter(({ used }) => used !== null)).toHaveLength(days.length - left);
    expect(days.at(-1)!.expected).toEqual(projection!.total);
    const young = await organization(4);
    expect((await projectionOf(young, 3)).projection).toBeUndefined();
    expect(await kept(young)).toEqual([]);
    expect((await forecasts().outlooks(young, { entitlements, counters: [], now: NOW }))[0]).toMatchObject({
      status: 'insufficient_data',
      history_days: 3,
      total: null,
    });
  });

  it('are set beside what came: how many days lay inside, and how far off the mean was', async () => {
    const id = await organization(20);
    const record = usageOn(database.pool);
    for (let ago = 12; ago > 0; ago -= 1) await record(id, dayAt(ago), { api_calls: ago === 2 ? 500 : 10 });
    for (let ago = 20; ago >= 0; ago -= 1) {
      await database.pool.query(
        `insert into usage_forecasts values ($1, 'api_calls', $2, 30, '{12,13}', '{8,8}', '{15,15}', '{8,16}', '{15,30}')`,
        [id, dayAt(ago).slice(0, 10)],
      );
    }
    const query = forecastRecordQuery.parse({ days_ahead: '2', days: '10' });
    const record2 = await forecasts().record(id, query, true);
    expect(record2.days).toHaveLength(10);
    expect(record2.days.at(-1)).toEqual({
      date: dayAt(1).slice(0, 10),
      made_on: dayAt(2).slice(0, 10),
      mean: 13,
      lo: 8,
      hi: 15,
      came: 10,
    });
    expect(record2.summary).toEqual({
      days: 10,
      inside: 0.9,
      mean_error: (9 * 3 + 487) / 10,
      wape: (9 * 3 + 487) / 590,
    });
    expect((await forecasts().record(id, query, false)).summary.days).toBe(0);
  });
});
