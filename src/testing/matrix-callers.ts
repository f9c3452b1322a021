/** One caller of each kind, as a request bears its credentials: what the matrix of routes and callers is made of. */
import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { type Pool } from 'pg';
import { type Services } from '@/http';
import { addMember } from './builders';
import { bearerFor, createTestKey, TEST_ADMIN_ID } from './limited-environment';
import { TEST_JWT_SECRET } from './test-auth';
import { createOrganization } from './test-database';

type Credentials = Record<string, string>;

/** What can be written into the path of a request, all of it ours. */
export interface OurIds {
  organizationId: string;
  /** A key that nobody calls with. */
  keyId: string;
  /** A member who calls nothing. */
  userId: string;
}

async function forgedToken({
  secret = TEST_JWT_SECRET,
  expires = '10m',
}: {
  secret?: string;
  expires?: string;
}): Promise<Credentials> {
  const token = await new SignJWT({
    sub: TEST_ADMIN_ID,
    email: 'admin@example.com',
    aud: 'authenticated',
    role: 'authenticated',
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));
  return { authorization: `Bearer ${token}` };
}

const unsignedToken = (): Credentials => ({
  authorization: `Bearer ${new UnsecuredJWT({ sub: TEST_ADMIN_ID, aud: 'authenticated', role: 'authenticated' }).setExpirationTime('10m').encode()}`,
});

/** An organization with its callers, and strangers to it. Plans have every feature, so that none stands in the way. */
export async function createMatrixCallers(services: Services, pool: Pool, cronSecret: string) {
  const newOrganization = async () => {
    const { id } = await createOrganization(pool);
    await services.subscriptions.changePlan(id, { kind: 'system' }, 'enterprise');
    return id;
  };
  const organizationId = await newOrganization();
  const person = async (of: string, role: string, userId = randomUUID()) => {
    const member = await addMember(pool, of, { role, userId });
    return { authorization: await bearerFor(member) };
  };
  const key = async (scopes: string[], more: object = {}) => ({
    'x-api-key': await createTestKey(services.apiKeys, organizationId, { name: scopes.join(' '), scopes, ...more }),
  });
  const idOf = async (name: string) => {
    const { rows } = await pool.query<{ id: string }>(
      'select id from api_keys where organization_id = $1 and name = $2',
      [organizationId, name],
    );
    return rows[0]!.id;
  };

  const revoked = await key(['*'], { name: 'revoked' });
  await pool.query('update api_keys set revoked_at = now() where id = $1', [await idOf('revoked')]);
  const expired = await key(['*'], { name: 'expired' });
  await pool.query(`update api_keys set expires_at = now() - interval '1 minute' where id = $1`, [
    await idOf('expired'),
  ]);
  const unmade = await key(['*'], { name: 'unmade' });
  await pool.query('delete from api_keys where id = $1', [await idOf('unmade')]);
  await key(['*'], { name: 'spare' });
  const victim = await addMember(pool, organizationId);

  const ids: OurIds = { organizationId, keyId: await idOf('spare'), userId: victim.userId };
  const callers = {
    nobody: {} as Credentials,
    'key with all scopes': await key(['*'], { name: 'all' }),
    'test key': await key(['*'], { name: 'test', livemode: false }),
    'key usage:read': await key(['usage:read']),
    'key usage:write': await key(['usage:write']),
    'key keys:read': await key(['keys:read']),
    'key keys:write': await key(['keys:write']),
    'key of other scopes': await key(['summaries:*']),
    'revoked key': revoked,
    'expired key': expired,
    'key that nobody made': unmade,
    'mistyped key': { 'x-api-key': 'tg_live_000000000000000000000000000000000000' } as Credentials,
    member: await person(organizationId, 'member'),
    admin: await person(organizationId, 'admin'),
    owner: await person(organizationId, 'owner'),
    'owner of another organization': await person(await newOrganization(), 'owner'),
    'platform admin': await person(await newOrganization(), 'member', TEST_ADMIN_ID),
    'token with a wrong signature': await forgedToken({ secret: `${TEST_JWT_SECRET}!` }),
    'token without a signature': unsignedToken(),
    'token that has ended': await forgedToken({ expires: '1 minute ago' }),
    scheduler: { authorization: `Bearer ${cronSecret}` } as Credentials,
    'almost the scheduler': { authorization: `Bearer ${cronSecret}x` } as Credentials,
  };
  return { callers, ids };
}

export type MatrixCaller = keyof Awaited<ReturnType<typeof createMatrixCallers>>['callers'];
