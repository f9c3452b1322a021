import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuditLog } from '../src/accounts';
import { createApiKeyService, createApiKeyStore } from '../src/keys';
import { systemClock } from '../src/kernel/clock';
import { setIncluded } from '../src/testing/quota-fixture';
import { createOrganization, type TestDatabase } from '../src/testing/test-database';
import { type Figure, type Pairs, round } from './measure';
import { load, ServerProcess } from './server-process';
import { withBenchDatabase } from './usage-database';

const CONNECTIONS = 64;
/** In which a busy server records what it has kept: work that the calls have caused, and are charged for. */
const SETTLE_MS = 1_000;
const OPERATOR = { kind: 'user' as const, id: '00000000-0000-4000-8000-000000000001' };

/** A server program of this folder in a process of its own, on a database and a data directory of its own. */
export interface BenchServer {
  database: TestDatabase;
  server: ServerProcess;
  keys: {
    create(): Promise<{ id: string; secret: string }>;
    revoke(id: string): Promise<unknown>;
  };
  /** Calls a path with a key for a time. @returns answers per second, and CPU time of the server per request in µs. */
  drive: (path: string, durationMs: number) => Promise<{ perSecond: number; cpuUs: number }>;
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
      const headers = { authorization: `Bearer ${secret}` };
      const drive: BenchServer['drive'] = async (path, durationMs) => {
        const beforeMs = await server.cpuMs();
        const url = `http://127.0.0.1:${server.port}${path}`;
        const { count, perSecond } = await load(url, { headers, connections: CONNECTIONS, durationMs });
        await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
        return { perSecond, cpuUs: (((await server.cpuMs()) - beforeMs) * 1_000) / count };
      };
      try {
        return await work({ database, server, keys, drive });
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

/** One figure of pairs that were measured in alternation. */
export function pairFigure(name: string, pairs: Pairs, unit: string, digits: number): Figure {
  const { candidate, baseline, spread, noise } = pairs;
  return {
    name,
    ratio: pairs.ratio,
    detail: `${round(candidate, digits)} ÷ ${round(baseline, digits)} ${unit}, ± ${round(spread)}, noise floor ${round(noise.ratio)} ± ${round(noise.spread)}`,
  };
}
