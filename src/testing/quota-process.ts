/** A process that takes from quotas as a server does: the real gate, tracker, journal and store. Told what to do by its parent. */
import { pino } from 'pino';
import { z } from 'zod';
import { createPool } from '@/db';
import { newId } from '@/kernel/ids';
import { systemClock } from '@/kernel/clock';
import { createLabelStore, createUsageStore, createUsageTracker, openUsageJournal } from '@/metering';
import { createMetricCatalogue } from '@/plans';
import { createQuotaStore } from '@/quotas';
import { quotaGateOn } from './quota-gate-on';
import { type QuotaReport, type QuotaRun, quotaRun } from './quota-run';
import { buildUsageEvent } from './usage-event-builder';

const environment = z.object({ DATABASE_URL: z.string(), JOURNAL_PATH: z.string() });

async function main(): Promise<void> {
  const { DATABASE_URL, JOURNAL_PATH } = environment.parse(process.env);
  const log = pino({ level: 'silent' });
  const pool = createPool({
    connectionString: DATABASE_URL,
    max: 3,
    applicationName: 'quota-test',
    onError: () => undefined,
  });
  const store = createQuotaStore({ pool });
  const journal = await openUsageJournal({ path: JOURNAL_PATH, clock: systemClock, log });
  const tracker = createUsageTracker({
    store: createUsageStore({
      pool,
      labels: createLabelStore({ pool }),
      catalogue: createMetricCatalogue({ pool }),
      routeLimit: 500,
    }),
    journal,
    clock: systemClock,
    log,
    ...{ durability: 'journal', onOverflow: 'block', batchSize: 100, flushMs: 200, queueLimit: 20_000 },
    onHolderDone: async (processId) => void (await store.releaseHolder(processId)),
  });
  const gate = quotaGateOn(pool, {
    databaseUrl: DATABASE_URL,
    holderId: journal.processId,
    durability: 'journal',
    log,
    // A slow machine must not make the test doubt what is exact.
    waitMs: 60_000,
    recallPatienceMs: 20_000,
  });

  async function run({ organizationId, metric, attempts, concurrency, costs, spanMs }: QuotaRun): Promise<QuotaReport> {
    const report: QuotaReport = { granted: [0, 0], denied: 0, unavailable: 0 };
    let next = 0;
    const attempt = async () => {
      while (next < attempts) {
        const number = next++;
        const cost = costs[number % costs.length]!;
        const share = attempts > 1 ? number / (attempts - 1) : 0;
        const atMs = spanMs ? Math.floor(spanMs[0] + share * (spanMs[1] - spanMs[0])) : Date.now();
        const decision = await gate.take({ organizationId, livemode: true }, { [metric]: cost }, atMs);
        if (!decision.allowed) {
          if (decision.denial.limit === 'unavailable') report.unavailable += 1;
          else report.denied += 1;
          continue;
        }
        const quantities = { [metric]: cost };
        await tracker.record(
          buildUsageEvent({ organizationId, id: newId(), occurredAtMs: atMs, quantities, leases: decision.leases }),
        );
        report.granted[spanMs && atMs >= (spanMs[0] + spanMs[1]) / 2 ? 1 : 0] += cost;
        process.send?.({ answered: cost });
      }
    };
    await Promise.all(Array.from({ length: concurrency }, attempt));
    return report;
  }

  async function close(): Promise<void> {
    await gate.close();
    await tracker.close();
    await pool.end();
  }

  process.on('message', (message) => {
    if (message === 'close') return void close().finally(() => process.exit(0));
    void run(quotaRun.parse(message)).then(
      (report) => process.send?.({ report }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send?.({ ready: true });
}

void main();
