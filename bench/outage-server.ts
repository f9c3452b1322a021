import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApiKeyService, createApiKeyStore } from '../src/keys';
import { systemClock } from '../src/kernel/clock';
import { createTestKey } from '../src/testing/limited-environment';
import { type TestDatabase } from '../src/testing/test-database';
import { type Answer, type Subject } from './outage-load';
import { createSubjects } from './outage-subjects';
import { ServerProcess } from './server-process';

const OUTCOMES: Record<number, Answer['outcome']> = { 200: 'made', 402: 'limited', 429: 'limited' };

/** A metered node:http server, called with one key for each policy. The server ends, and so records all, before `close` resolves. */
export async function startServerSubjects(
  database: TestDatabase,
): Promise<{ subjects: Subject[]; close: () => Promise<void> }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const server = await ServerProcess.start('node-server.ts', {
    databaseUrl: database.url,
    dataDir,
    env: { LOG_LEVEL: 'fatal' },
  });
  // In turn, so that none is idle until the server closes it.
  const agent = new Agent({ keepAlive: true, scheduling: 'fifo' });
  const apiKeys = createApiKeyService({
    pool: database.pool,
    store: createApiKeyStore({ pool: database.pool }),
    clock: systemClock,
    audit: async () => undefined,
    countAttempt: async () => undefined,
  });
  const url = `http://127.0.0.1:${server.port}/metered`;
  const subjects = await createSubjects(database, async (organizationId) => {
    // Far from the rate limit, which is not what is looked at.
    const secret = await createTestKey(apiKeys, organizationId, { requests_per_minute: 100_000_000 });
    return () => callOnce(url, secret, agent);
  });
  return {
    subjects,
    async close() {
      agent.destroy();
      await fetch(url).catch((cause: unknown) => {
        throw new Error('the server did not survive', { cause });
      });
      await server.stop();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function callOnce(url: string, secret: string, agent: Agent): Promise<Answer> {
  return new Promise((resolve) => {
    const fail = (error: Error) => resolve({ outcome: 'outage', said: `no answer: ${error.message}` });
    const outgoing = request(url, { agent, headers: { authorization: `Bearer ${secret}` } }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.once('error', fail);
      response.once('end', () => {
        const status = response.statusCode ?? 0;
        const { code } = JSON.parse(body) as { code?: string };
        resolve({
          outcome: OUTCOMES[status] ?? 'outage',
          said: code === undefined ? String(status) : `${status} ${code}`,
        });
      });
    });
    outgoing.once('error', fail);
    outgoing.end();
  });
}
