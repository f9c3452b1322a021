import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { runStripeSchedule } from './stripe-schedule';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('telling Stripe, while everything goes wrong that can', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'schedule %i ends with what was issued, each line once',
    async (seed) => {
      expect((await runStripeSchedule(database.pool, seed)).differences).toEqual([]);
    },
  );
});
