import { addMember, createApiKeyRow } from './builders';
import { createOrganization, createTestDatabase, type TestDatabase } from './test-database';

describe('a test database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('is a copy of its own: what one test file writes no other sees', async () => {
    const other = await createTestDatabase();
    try {
      await createOrganization(database.pool);
      const { rows } = await other.pool.query<{ n: number }>('select count(*)::integer as n from organizations');
      expect(rows[0]?.n).toBe(0);
    } finally {
      await other.drop();
    }
  });

  it('has the schema that the builders write to', async () => {
    const { id } = await createOrganization(database.pool, { name: 'Builders' });
    const { userId } = await addMember(database.pool, id, { role: 'owner' });
    const key = await createApiKeyRow(database.pool, id, { livemode: false });
    const { rows } = await database.pool.query(
      `select m.user_id, k.id as key_id, k.livemode from organization_members m join api_keys k using (organization_id)
       where organization_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ user_id: userId, key_id: key.id, livemode: false }]);
  });

  it('lets a role of Supabase read only through row-level security', async () => {
    const { id } = await createOrganization(database.pool);
    const { userId } = await addMember(database.pool, id, { role: 'owner' });
    const client = await database.pool.connect();
    try {
      await client.query('begin');
      await client.query(`select set_config('request.jwt.claim.sub', $1, true)`, [userId]);
      await client.query('set local role authenticated');
      const { rows } = await client.query('select id from organizations');
      expect(rows).toEqual([{ id }]);
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});
