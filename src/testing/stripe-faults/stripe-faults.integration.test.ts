import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { runStripeSchedule } from './stripe-schedule';

/** Some of each kind of fault; `npm run test:stripe` runs as many as are wanted. */
const SCHEDULES = 10;

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('telling Stripe, while everything goes wrong that can', () => {
  it.each(Array.from({ length: SCHEDULES }, (_, seed) => seed))(
    'schedule %i ends with what was issued, each line once',
    async (seed) => {
      expect((await runStripeSchedule(database.pool, seed)).differences).toEqual([]);
    },
  );
});
