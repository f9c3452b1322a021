import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { settleDemoPlan } from './demo-plan-store';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('a demo organization', () => {
  it('is billed from the first of its period on, at its end', async () => {
    const { pool } = database;
    const { id } = await createOrganization(pool);
    await settleDemoPlan(pool, id, { planKey: 'pro', anchor: new Date('2026-01-31T00:00:00Z') });
    const { rows } = await pool.query(
      'select billed_through, next_due_at from billing_accounts where organization_id = $1',
      [id],
    );
    expect(rows).toEqual([
      { billed_through: new Date('2026-01-31T00:00:00Z'), next_due_at: new Date('2026-02-28T00:00:00Z') },
    ]);
  });
});
