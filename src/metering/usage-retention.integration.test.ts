import { type UsageEvent } from '@/metering/contracts';
import { createSubscriber, quotaStoresOn, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { buildUsageEvent } from '@/testing/usage-event-builder';
import { createUsageMaintenance } from './usage-maintenance';
import { createUsageRetention } from './usage-retention';
import { verifyUsage } from './usage-verification';

const DAY_MS = 86_400_000;
const NOW = new Date();
const daysAgo = (days: number) => NOW.getTime() - days * DAY_MS;
const dayOf = (atMs: number) => new Date(atMs).toISOString().slice(0, 10);

describe('retention', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  const retention = () => createUsageRetention({ pool: database.pool, disputeDays: 120, batch: 2 });
  const record = async (events: UsageEvent[]) => {
    const outcomes = await quotaStoresOn(database.pool).usageStore.record(events);
    await createUsageMaintenance({ pool: database.pool }).foldHours(new Date(NOW.getTime() + DAY_MS));
    return outcomes;
  };
  /** All periods that are over are closed, and billed: nothing was due. */
  const closePeriods = async () => {
    await quotaStoresOn(database.pool).quotaStore.closePeriods(NOW);
    await database.pool.query(
      `update billing_accounts a set billed_through = p.period_start, next_due_at = p.period_end, revised_through = now()
       from subscriptions s cross join lateral billing_period(s.anchor, $1) p where s.organization_id = a.organization_id`,
      [NOW],
    );
  };
  const differences = async () => (await verifyUsage(database.pool)).differences;

  /** One event for each of the given ages in days, with a value that is counted once. */
  const aged = (organizationId: string, ages: number[]): UsageEvent[] =>
    ages.map((age) =>
      buildUsageEvent({
        organizationId,
        occurredAtMs: daysAgo(age),
        quantities: { api_calls: 1, user_sessions: `session ${age}` },
      }),
    );

  /** Lets everything that is stored have been stored so long ago. */
  async function storedDaysAgo(days: number): Promise<void> {
    await database.pool.query(`select ensure_usage_partition($1::date)`, [dayOf(daysAgo(days))]);
    await database.pool.query(`update usage_events set stored_at = $1`, [new Date(daysAgo(days))]);
  }

  const agesLeft = async (organizationId: string): Promise<number[]> => {
    const { rows } = await database.pool.query<{ at: Date }>(
      'select occurred_at as at from usage_events where organization_id = $1 order by 1',
      [organizationId],
    );
    return rows.map(({ at }) => Math.round((NOW.getTime() - at.getTime()) / DAY_MS));
  };
  const dailySums = async (): Promise<unknown[]> => {
    const { rows } = await database.pool.query<object>(
      'select day, metric, events, quantity_sum from usage_daily order by 1, 2',
    );
    return rows;
  };

  it('removes raw events that are older than the plan keeps them, and no sum per day', async () => {
    const [free, business] = [await createSubscriber(database.pool), await createSubscriber(database.pool)];
    await startPlan(database.pool, business, 'business', new Date('2020-01-01T00:00:00Z'));
    for (const id of [free, business]) await record(aged(id, [1, 20, 70, 71, 71, 100, 200]));
    await storedDaysAgo(50);
    await closePeriods();
    const before = await dailySums();
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 5, complete: true });
    expect(await agesLeft(free)).toEqual([20, 1]);
    expect(await agesLeft(business)).toHaveLength(7);
    expect(await dailySums()).toEqual(before);
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 0 });
    expect(await differences()).toEqual([]);
  });

  it('keeps every event of a period that is not closed', async () => {
    const id = await createSubscriber(database.pool);
    await record(aged(id, [1, 70, 200]));
    await storedDaysAgo(50);
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 0 });
    await closePeriods();
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 2 });
  });

  it('knows an event for 35 days after it was stored, however old it is', async () => {
    const id = await createSubscriber(database.pool);
    const events = aged(id, [70]);
    await record(events);
    await closePeriods();
    await storedDaysAgo(34);
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 0 });
    expect([...(await record(events)).values()]).toEqual([{ outcome: 'duplicate' }]);
    await storedDaysAgo(36);
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 1 });
  });

  it('keeps the nightly count from taking what was removed for what never was', async () => {
    const id = await createSubscriber(database.pool);
    await record(aged(id, [1, 70]));
    await storedDaysAgo(50);
    await closePeriods();
    await retention().removeOld(NOW);
    // What is reported late is added to a day that is no longer whole.
    await record(aged(id, [70]));
    const before = await dailySums();
    const maintenance = createUsageMaintenance({ pool: database.pool });
    expect(await maintenance.aggregateDay(dayOf(daysAgo(70)))).toEqual([]);
    expect(await dailySums()).toEqual(before);
    expect(await differences()).toEqual([]);
  });

  it('leaves a proof: of whole days by their events, of earlier periods by their sums per day', async () => {
    const id = await createSubscriber(database.pool);
    await record(aged(id, [1, 70]));
    await storedDaysAgo(50);
    await closePeriods();
    await retention().removeOld(NOW);
    const forge = (age: number, by: number) =>
      database.pool.query('update usage_daily set events = events + $2 where day = $1', [dayOf(daysAgo(age)), by]);
    const checks = async () => (await differences()).map(({ check }) => check);
    await forge(70, 1);
    expect(await checks()).toContain('counter = daily');
    await forge(70, -1);
    await forge(1, 1);
    expect(await checks()).toContain('rollups = daily');
    await forge(1, -1);
    await database.pool.query('delete from usage_events where organization_id = $1', [id]);
    expect(await checks()).toEqual(expect.arrayContaining(['ledger = raw', 'counter = raw', 'distinct values = raw']));
  });

  it('removes sums per hour of more than 400 days ago', async () => {
    const id = await createSubscriber(database.pool);
    await startPlan(database.pool, id, 'enterprise', new Date('2020-01-01T00:00:00Z'));
    await record(aged(id, [399, 401, 402, 500]));
    await storedDaysAgo(50);
    await closePeriods();
    const before = await dailySums();
    // Two metrics of three hours, and three values.
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 0, sums: 9 });
    const { rows } = await database.pool.query<{ n: number }>(
      'select count(distinct hour)::int as n from usage_rollups',
    );
    expect(rows[0]!.n).toBe(1);
    expect(await dailySums()).toEqual(before);
    const maintenance = createUsageMaintenance({ pool: database.pool });
    expect(await maintenance.aggregateDay(dayOf(daysAgo(500)))).toEqual([]);
    expect(await differences()).toEqual([]);
  });

  it('drops the months of which nothing is left, and forgets imports long done', async () => {
    const id = await createSubscriber(database.pool);
    await record(aged(id, [70]));
    await storedDaysAgo(100);
    await closePeriods();
    await database.pool.query(
      `insert into usage_imports (organization_id, source, first_line_key, first_log, first_place, line_key, lines_done,
         bytes_done, log, next_place, accepted, duplicates, rejected, updated_at)
       select $1, 'log', k.first_line_key::bytea, 1, 0, '\\x01', 1, 1, 1, 1, 1, 0, 0, k.at::timestamptz
       from (values ('\\x01', $2), ('\\x02', $3)) k (first_line_key, at)`,
      [id, new Date(daysAgo(401)), new Date(daysAgo(399))],
    );
    expect(await retention().removeOld(NOW)).toMatchObject({ events: 1, imports: 1, partitions: 1 });
    const month = `usage_events_${dayOf(daysAgo(100)).slice(0, 7).replace('-', '_')}`;
    const { rows } = await database.pool.query<{ found: string | null }>('select to_regclass($1)::text as found', [
      month,
    ]);
    expect(rows).toEqual([{ found: null }]);
    await record(aged(id, [70]));
    expect(await differences()).toEqual([]);
  });

  it('goes on where a run was too long', async () => {
    const id = await createSubscriber(database.pool);
    await record(aged(id, [70, 71, 72, 73, 74]));
    await storedDaysAgo(50);
    await closePeriods();
    const short = createUsageRetention({ pool: database.pool, disputeDays: 120, batch: 2, most: 3 });
    expect(await short.removeOld(NOW)).toMatchObject({ events: 3, complete: false });
    expect(await short.removeOld(NOW)).toMatchObject({ events: 2, complete: true });
  });
});
