import { randomUUID } from 'node:crypto';
import { verifyUsage } from '@/metering';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const join = (organizationId: string, role = 'member') =>
  database.pool.query(
    `insert into organization_members (organization_id, user_id, email, role) values ($1, $2, 'someone@example.com', $3)`,
    [organizationId, randomUUID(), role],
  );
async function gauge(organizationId: string): Promise<number | undefined> {
  const { rows } = await database.pool.query<{ level: number }>(
    `select level::int as level from usage_levels where organization_id = $1 and livemode and metric = 'members' order by at desc limit 1`,
    [organizationId],
  );
  return rows[0]?.level;
}

describe('the gauge of members', () => {
  it('is the number there is, also when many come at once and leave at once', async () => {
    const [{ id }, other] = [await createOrganization(database.pool), await createOrganization(database.pool)];
    await join(id, 'owner');
    expect(await gauge(id)).toBe(1);
    await Promise.all(Array.from({ length: 8 }, () => join(id)));
    expect(await gauge(id)).toBe(9);
    await database.pool.query(
      `insert into organization_members (organization_id, user_id, email, role)
       select o, gen_random_uuid(), 'both@example.com', 'member' from unnest($1::uuid[]) o`,
      [[id, other.id]],
    );
    expect([await gauge(id), await gauge(other.id)]).toEqual([10, 1]);
    await database.pool.query(`delete from organization_members where organization_id = $1 and role = 'member'`, [id]);
    expect(await gauge(id)).toBe(1);
    expect((await verifyUsage(database.pool)).differences).toEqual([]);
  });
});
