import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../src/accounts';
import { createApiKeyService, createApiKeyStore } from '../src/keys';
import { systemClock } from '../src/kernel/clock';
import { setIncluded } from '../src/testing/quota-fixture';
import { createOrganization, type TestDatabase } from '../src/testing/test-database';
import { load, ServerProcess } from './server-process';
import { withBenchDatabase } from './usage-database';

const CONNECTIONS = 64;
/** After which a server is as busy recording what it was called for as it will be, and done with what came before. */
const WARM_UP_MS = 1_200;
const OPERATOR = { kind: 'user' as const, id: '00000000-0000-4000-8000-000000000001' };

/** A server program of this folder in a process of its own, on a database and a data directory of its own. */
export interface BenchServer {
  database: TestDatabase;
  server: ServerProcess;
  keys: {
    create(): Promise<{ id: string; secret: string }>;
    revoke(id: string): Promise<unknown>;
  };
  /** Calls a path with a key for a time. @returns CPU time of the server per request in µs, the recording included. */
  cpuPerRequest: (path: string, durationMs: number) => Promise<number>;
  /** Calls a path with a key until that is steady, and then for a time. @returns answers per second of that time. */
  throughput: (path: string, durationMs: number) => Promise<number>;
}

interface BenchServerOptions {
  /** File name in this folder. */
  program: string;
  env?: Record<string, string>;
}

/**
 * An organization whose every limit is checked and never reached: a hard quota, so that calls are paid from leases, and a
 * rate limit of its key's own.
 */
async function createMeteredOrganization({ pool }: TestDatabase): Promise<string> {
  const { id } = await createOrganization(pool);
  await setIncluded(pool, id, 'api_calls', 1e12);
  return id;
}

/** Runs `work` beside a server that lasts as long. */
export async function withBenchServer<T>(
  { program, env = {} }: BenchServerOptions,
  work: (bench: BenchServer) => Promise<T>,
): Promise<T> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  try {
    return await withBenchDatabase(async (database) => {
      const organizationId = await createMeteredOrganization(database);
      const keys = createKeys(database, organizationId);
      const { secret } = await keys.create();
      const server = await ServerProcess.start(program, { databaseUrl: database.url, dataDir, env });
      const call = (path: string, durationMs: number, warmUpMs: number) =>
        load(`http://127.0.0.1:${server.port}${path}`, {
          headers: { authorization: `Bearer ${secret}` },
          connections: CONNECTIONS,
          durationMs,
          warmUpMs,
        });
      const cpuPerRequest: BenchServer['cpuPerRequest'] = async (path, durationMs) => {
        const beforeMs = await server.cpuMs();
        const { count } = await call(path, durationMs, 0);
        return (((await server.cpuMs()) - beforeMs) * 1_000) / count;
      };
      const throughput: BenchServer['throughput'] = async (path, durationMs) =>
        (await call(path, durationMs, WARM_UP_MS)).perSecond;
      try {
        return await work({ database, server, keys, cpuPerRequest, throughput });
      } finally {
        await server.stop();
      }
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

function createKeys({ pool }: TestDatabase, organizationId: string): BenchServer['keys'] {
  const auditLog = createAuditLog({ pool });
  const apiKeys = createApiKeyService({
    pool,
    store: createApiKeyStore({ pool }),
    clock: systemClock,
    audit: (client, entry) => auditLog.record(entry, client),
    countAttempt: async () => undefined,
  });
  const input = {
    name: 'Benchmark',
    livemode: true,
    scopes: ['*'],
    allowed_ips: [],
    expires_at: null,
    requests_per_minute: 100_000_000,
  };
  return {
    create: () => apiKeys.create(organizationId, OPERATOR, input, { maxRequestsPerMinute: null }),
    revoke: (id) => apiKeys.revoke(organizationId, OPERATOR, id),
  };
}
