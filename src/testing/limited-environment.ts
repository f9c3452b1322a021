import { randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { type ApiKeyService } from '@/keys';
import { createApiKeyInput, type CreateApiKeyInput } from '@/keys/contracts';
import { TEST_JWT_SECRET } from './test-auth';

export const TEST_ADMIN_ID = '00000000-0000-4000-8000-0000000000ad';

/**
 * Sets the environment of services on a test database, with a journal. @returns the data directory, to be removed
 * afterwards.
 */
export async function limitedTestEnvironment(databaseUrl: string, more: Record<string, string> = {}): Promise<string> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-limits-'));
  Object.assign(process.env, {
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    // Nobody is asked there: tokens are verified by the secret.
    SUPABASE_URL: 'http://127.0.0.1:9',
    SUPABASE_ANON_KEY: 'sb_publishable_test',
    SUPABASE_JWT_SECRET: TEST_JWT_SECRET,
    ADMIN_USER_IDS: TEST_ADMIN_ID,
    APP_URL: 'https://usage.example.com',
    USAGE_FLUSH_MS: '20',
    LOG_LEVEL: 'silent',
    ...more,
  });
  return dataDir;
}

/** The Authorization header of a person who is signed in. */
export async function bearerFor({ userId, email }: { userId: string; email: string }): Promise<string> {
  const token = await new SignJWT({ sub: userId, email, aud: 'authenticated', role: 'authenticated' })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime('10m')
    .sign(new TextEncoder().encode(TEST_JWT_SECRET));
  return `Bearer ${token}`;
}

/** The secret of a new key that may do everything; what a test cares about is given. */
export async function createTestKey(
  apiKeys: ApiKeyService,
  organizationId: string,
  given: Partial<CreateApiKeyInput> = {},
): Promise<string> {
  const actor = { kind: 'user' as const, id: randomUUID() };
  const input = createApiKeyInput.parse({ name: 'Key', scopes: ['*'], ...given });
  return (await apiKeys.create(organizationId, actor, input, { maxRequestsPerMinute: null })).secret;
}
