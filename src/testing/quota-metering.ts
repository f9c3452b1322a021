import { pino } from 'pino';
import { createPool } from '@/db';
import { systemClock } from '@/kernel/clock';
import { createUsageTracker, openUsageJournal, type UsageTracker } from '@/metering';
import { type QuotaGate } from '@/quotas';
import { quotaStoresOn } from './quota-fixture';
import { quotaGateOn } from './quota-gate-on';

/** What a server does with a call, and nothing else of it: the real gate, tracker, journal and store. */
export interface QuotaMetering {
  /** The name under which it borrows. */
  holderId: string;
  gate: QuotaGate;
  tracker: UsageTracker;
  /** As a server stops: everything is recorded, and what was lent is given back. */
  close(): Promise<void>;
}

export async function openQuotaMetering({
  databaseUrl,
  journalPath,
  ...patience
}: {
  databaseUrl: string;
  journalPath: string;
} & Pick<Parameters<typeof quotaGateOn>[1], 'waitMs' | 'recallPatienceMs'>): Promise<QuotaMetering> {
  const log = pino({ level: 'silent' });
  const pool = createPool({
    connectionString: databaseUrl,
    max: 3,
    applicationName: 'quota-test',
    onError: () => undefined,
  });
  const { quotaStore, usageStore } = quotaStoresOn(pool);
  const journal = await openUsageJournal({ path: journalPath, clock: systemClock, log });
  const tracker = createUsageTracker({
    store: usageStore,
    journal,
    clock: systemClock,
    log,
    ...{ durability: 'journal', onOverflow: 'block', batchSize: 100, flushMs: 200, queueLimit: 20_000 },
    onHolderDone: async (processId) => void (await quotaStore.releaseHolder(processId)),
  });
  const holderId = journal.processId;
  const gate = quotaGateOn(pool, { databaseUrl, holderId, durability: 'journal', log, ...patience });
  return {
    holderId,
    gate,
    tracker,
    async close() {
      await gate.close();
      await tracker.close();
      await pool.end();
    },
  };
}
