import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../src/accounts';
import { createApiKeyService, createApiKeyStore } from '../src/keys';
import { systemClock } from '../src/kernel/clock';
import { createOrganization, type TestDatabase } from '../src/testing/test-database';

export interface BenchKeys {
  create(): Promise<{ id: string; secret: string }>;
  revoke(id: string): Promise<unknown>;
}

/** API keys of an organization of their own. */
export async function createBenchKeys({ pool }: TestDatabase): Promise<BenchKeys> {
  const { id: organizationId } = await createOrganization(pool);
  const auditLog = createAuditLog({ pool });
  const apiKeys = createApiKeyService({
    pool,
    store: createApiKeyStore({ pool }),
    clock: systemClock,
    audit: (client, entry) => auditLog.record(entry, client),
  });
  const actor = { kind: 'user' as const, id: '00000000-0000-4000-8000-000000000001' };
  const input = { name: 'Benchmark', livemode: true, scopes: ['*'], allowed_ips: [], expires_at: null };
  return {
    create: () => apiKeys.create(organizationId, actor, input),
    revoke: (id) => apiKeys.revoke(organizationId, actor, id),
  };
}

/** The environment of a server process under test, on a data directory that lasts as long as `work`. */
export async function withServerEnvironment<T>(
  database: TestDatabase,
  work: (env: NodeJS.ProcessEnv) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  try {
    return await work({
      ...process.env,
      NODE_ENV: 'production',
      DATABASE_URL: database.url,
      SUPABASE_URL: 'http://127.0.0.1:1',
      SUPABASE_ANON_KEY: 'unused',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}
