import { QuotaFleet } from '@/testing/quota-fleet/quota-fleet';
import { QUOTA_SCENARIOS } from '@/testing/quota-fleet/quota-scenarios';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const PROCESSES = 4;
const ATTEMPTS = 3_000;

/** Each guarantee with the hardest costs, the plain one with all: bench/quota-exactness.ts runs all, with up to 16 processes. */
const CASES = Object.values(QUOTA_SCENARIOS).flatMap((scenario) =>
  (scenario === QUOTA_SCENARIOS.plain ? scenario.costs : scenario.costs.slice(-1)).map((costs) => ({
    name: `${scenario.guarantee}; costs ${costs.join(' ')}`,
    run: scenario.run,
    costs,
  })),
);

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

  it.each(CASES)(
    '$name',
    async ({ run, costs }) => {
      const { wrong } = await run(fleet, { attempts: ATTEMPTS, costs });
      expect(wrong).toEqual([]);
    },
    180_000,
  );
});
