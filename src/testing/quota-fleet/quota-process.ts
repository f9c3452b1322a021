/** A process that takes from quotas as a server does: the real gate, tracker, journal and store. Told what to do by its parent. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { newId } from '@/kernel/ids';
import { openQuotaMetering } from '../quota-metering';
import { type QuotaReport, type QuotaRun, quotaRun } from './quota-run';
import { buildUsageEvent } from '../usage-event-builder';

const environment = z.object({ DATABASE_URL: z.string(), JOURNAL_PATH: z.string() });

async function main(): Promise<void> {
  const { DATABASE_URL, JOURNAL_PATH } = environment.parse(process.env);
  // A slow machine must not make the test doubt what is exact.
  const patience = { waitMs: 60_000, recallPatienceMs: 20_000 };
  const metering = await openQuotaMetering({ databaseUrl: DATABASE_URL, journalPath: JOURNAL_PATH, ...patience });
  const { gate, tracker } = metering;

  async function run({
    organizationId,
    metric,
    attempts,
    concurrency,
    costs,
    spanMs,
    overMs,
  }: QuotaRun): Promise<QuotaReport> {
    const report: QuotaReport = { granted: [0, 0], denied: 0, unavailable: 0 };
    const startedAtMs = performance.now();
    let next = 0;
    const attempt = async () => {
      while (next < attempts) {
        const number = next++;
        const cost = costs[number % costs.length]!;
        const share = attempts > 1 ? number / (attempts - 1) : 0;
        const earlyMs = startedAtMs + share * overMs - performance.now();
        if (earlyMs > 0) await sleep(earlyMs);
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

  process.on('message', (message) => {
    if (message === 'close') return void metering.close().finally(() => process.exit(0));
    void run(quotaRun.parse(message)).then(
      (report) => process.send?.({ report }),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
  process.send?.({ holderId: metering.holderId });
}

void main();
