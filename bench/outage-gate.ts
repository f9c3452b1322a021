import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../src/kernel/errors';
import { openQuotaMetering } from '../src/testing/quota-metering';
import { type TestDatabase } from '../src/testing/test-database';
import { buildUsageEvent } from '../src/testing/usage-event-builder';
import { type Answer, type Subject } from './outage-load';
import { createSubjects } from './outage-subjects';

/** The quota gate without keys in front of it, as a program asks that knows its callers otherwise: the policies alone decide. */
export async function startGateSubjects(
  database: TestDatabase,
): Promise<{ subjects: Subject[]; close: () => Promise<void> }> {
  const journalPath = await mkdtemp(join(tmpdir(), 'tollgate-bench-'));
  const metering = await openQuotaMetering({ databaseUrl: database.url, journalPath });
  const { gate, tracker } = metering;
  const costs = { api_calls: 1 };
  async function call(organizationId: string): Promise<Answer> {
    const occurredAtMs = Date.now();
    const decision = await gate.take({ organizationId, livemode: true }, costs, occurredAtMs);
    if (!decision.allowed) {
      const { limit } = decision.denial;
      return { outcome: limit === 'unavailable' ? 'outage' : 'limited', said: `denied: ${limit}` };
    }
    const leases = [...decision.leases];
    await tracker.record(buildUsageEvent({ organizationId, occurredAtMs, quantities: costs, leases }));
    return { outcome: 'made', said: leases.length > 0 ? 'allowed by a lease' : 'allowed without a lease' };
  }
  const subjects = await createSubjects(
    database,
    async (organizationId) => () =>
      call(organizationId).catch((error: unknown) => ({ outcome: 'outage' as const, said: codeOf(error) })),
  );
  return {
    subjects,
    async close() {
      await metering.close();
      await rm(journalPath, { recursive: true, force: true });
    },
  };
}

const codeOf = (error: unknown) => (error instanceof AppError ? `failed: ${error.code}` : `failed: ${String(error)}`);
