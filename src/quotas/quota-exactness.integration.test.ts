import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type Counter, LIMIT, QuotaFleet } from '@/testing/quota-scenarios';

const PROCESSES = 4;
const ATTEMPTS = 3_000;

describe('one quota and many processes', () => {
  let database: TestDatabase;
  let fleet: QuotaFleet;

  beforeAll(async () => {
    database = await createTestDatabase();
    fleet = await QuotaFleet.start(database, PROCESSES);
  }, 120_000);
  afterAll(async () => {
    await fleet.close();
    await database.drop();
  }, 60_000);

  it.each([
    [[1], 1_000],
    [[3], 999],
    [[7], 994],
    [[7, 3, 1, 1], 1_000],
  ])(
    'grants as much as fits of calls that cost %j: %d units',
    async (costs, expected) => {
      const organizationId = await fleet.organization();
      expect(await fleet.use(organizationId, { attempts: ATTEMPTS, costs })).toMatchObject({
        granted: expected,
        unavailable: 0,
      });
      const settled = await fleet.counterWhen(organizationId, ({ used, leased }) => used === expected && leased === 0);
      expect(settled).toEqual({ used: expected, leased: 0, recorded: expected });
    },
    60_000,
  );

  it('grants each period its own, across the end of one', async () => {
    const organizationId = await fleet.organization();
    const midnight = (await fleet.beginPeriodToday(organizationId)).getTime();
    const spanMs: [number, number] = [midnight - 1_000, midnight + 1_000];
    const { halves } = await fleet.use(organizationId, { attempts: 2 * ATTEMPTS, costs: [1], spanMs });
    expect(halves).toEqual([LIMIT, LIMIT]);
    const settled = { used: LIMIT, leased: 0, recorded: 2 * LIMIT };
    for (const atMs of spanMs) {
      const holds = ({ used, leased, recorded }: Counter) => used === LIMIT && leased === 0 && recorded === 2 * LIMIT;
      expect(await fleet.counterWhen(organizationId, holds, new Date(atMs))).toEqual(settled);
    }
  }, 60_000);

  it('grants all of a limit that was raised meanwhile', async () => {
    const organizationId = await fleet.organization();
    const using = fleet.use(organizationId, { attempts: ATTEMPTS, costs: [1, 3] });
    await fleet.waitForUse(organizationId, 500);
    await fleet.override(organizationId, 1_500);
    const first = await using;
    const second = await fleet.use(organizationId, { attempts: ATTEMPTS, costs: [1] });
    expect(first.granted + second.granted).toBe(1_500);
  }, 60_000);

  it('grants all of a larger plan that began meanwhile', async () => {
    const organizationId = await fleet.organization();
    const using = fleet.use(organizationId, { attempts: ATTEMPTS, costs: [1] });
    await fleet.waitForUse(organizationId, 300);
    await fleet.changePlan(organizationId, 'starter');
    await using;
    const { unavailable } = await fleet.use(organizationId, { attempts: 4_000, costs: [7] });
    expect(unavailable).toBe(0);
    // Overage has no end on this plan: nobody is refused any more.
    const { granted } = await fleet.use(organizationId, { attempts: 1_000, costs: [1] });
    expect(granted).toBe(1_000);
  }, 60_000);

  it('grants nothing more once a limit was lowered below what is used and lent', async () => {
    const organizationId = await fleet.organization();
    const using = fleet.use(organizationId, { attempts: ATTEMPTS, costs: [1] });
    await fleet.waitForUse(organizationId, 200);
    const taken = await fleet.override(organizationId, 300);
    const { granted } = await using;
    expect(granted).toBeGreaterThanOrEqual(300);
    expect(granted).toBeLessThanOrEqual(Math.max(300, taken));
  }, 60_000);

  it('is exact after a process was killed: what it had told its callers counts, and the rest comes back', async () => {
    const organizationId = await fleet.organization();
    const victim = await fleet.add();
    const before = victim.answered;
    const others = fleet.processes.filter((process) => process !== victim);
    const run = { organizationId, metric: 'api_calls', attempts: 100_000, concurrency: 8, costs: [1], spanMs: null };
    void victim.run(run);
    await fleet.waitForUse(organizationId, 400);
    const reports = others.map((process) => process.run({ ...run, attempts: 20 }));
    await fleet.kill(victim);
    const answered = victim.answered - before;
    const granted = (await Promise.all(reports)).reduce((sum, report) => sum + report.granted[0], 0);
    expect(answered + granted).toBeLessThanOrEqual(LIMIT);

    // A process that starts adopts what the dead one left.
    await fleet.add();
    await fleet.waitForRelease();
    expect((await fleet.counter(organizationId)).used).toBeGreaterThanOrEqual(answered);
    await fleet.use(organizationId, { attempts: ATTEMPTS, costs: [1] });
    const settled = await fleet.counterWhen(organizationId, ({ used, leased }) => used === LIMIT && leased === 0);
    expect(settled).toEqual({ used: LIMIT, leased: 0, recorded: LIMIT });
  }, 90_000);
});
