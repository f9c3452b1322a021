import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { type Pool } from 'pg';

/** Makes a person a member. Without `userId` the person is new. */
export async function addMember(
  pool: Pool,
  organizationId: string,
  { userId = randomUUID(), email, role = 'member' }: { userId?: string; email?: string; role?: string } = {},
): Promise<{ userId: string; email: string }> {
  const address = email ?? `${userId}@example.com`;
  await pool.query('insert into organization_members (organization_id, user_id, email, role) values ($1, $2, $3, $4)', [
    organizationId,
    userId,
    address,
    role,
  ]);
  return { userId, email: address };
}

/** A row of api_keys whose secret nobody knows: for tests that need a key to exist, not to call with it. */
export async function createApiKeyRow(
  pool: Pool,
  organizationId: string,
  { livemode = true }: { livemode?: boolean } = {},
): Promise<{ id: string }> {
  const { rows } = await pool.query<{ id: string }>(
    `insert into api_keys (organization_id, name, secret_sha256, prefix, last_four, livemode, scopes)
     values ($1, 'Test key', $2, $3, 'TEST', $4, '{*}') returning id`,
    [
      organizationId,
      createHash('sha256').update(randomBytes(32)).digest(),
      livemode ? 'tg_live_TEST' : 'tg_test_TEST',
      livemode,
    ],
  );
  return rows[0]!;
}
