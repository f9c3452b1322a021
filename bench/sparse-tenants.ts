/** Organizations each of which calls every 25 s: how many calls are decided from memory, without a promise. */
import { setTimeout as pause } from 'node:timers/promises';
import { Pool } from 'pg';
import { pino } from 'pino';
import { newId } from '../src/kernel/ids';
import { createSubscriber } from '../src/testing/quota-fixture';
import { quotaGateOn } from '../src/testing/quota-gate-on';
import { type Figure } from './measure';
import { withBenchDatabase } from './usage-database';

const TENANTS = 400;
const EVERY_MS = 25_000;
const ROUNDS = 12;
/** Time passes so many times as fast, for the gate as for its callers: twelve rounds are five minutes. */
const FASTER = 10;
const DURABILITIES = ['journal', 'database'] as const;

async function decide(pool: Pool, databaseUrl: string, durability: (typeof DURABILITIES)[number]) {
  const tenants = await Promise.all(Array.from({ length: TENANTS }, () => createSubscriber(pool)));
  const [startedMs, startedAtMs] = [performance.now(), Date.now()];
  const passedMs = () => (performance.now() - startedMs) * FASTER;
  let lent = 0;
  const gate = quotaGateOn(pool, {
    databaseUrl,
    holderId: newId(),
    durability,
    log: pino({ level: 'silent' }),
    onLend: () => (lent += 1),
    clocks: { monotonicMs: passedMs, wallMs: () => startedAtMs + passedMs() },
  });
  const counts = { calls: 0, fromMemory: 0, lent: 0 };
  const beginsMs = passedMs();
  for (let round = 0; round <= ROUNDS; round += 1) {
    // The first call of each cannot come from memory.
    if (round === 1) lent = 0;
    for (const [n, organizationId] of tenants.entries()) {
      const earlyMs = (beginsMs + (round + n / TENANTS) * EVERY_MS - passedMs()) / FASTER;
      if (earlyMs > 1) await pause(earlyMs);
      const known = gate.entitlements(organizationId, startedAtMs);
      const decision = gate.take({ organizationId, livemode: true }, { api_calls: 1 }, startedAtMs);
      const isPromise = known instanceof Promise || decision instanceof Promise;
      if (isPromise) await Promise.all([known, decision]);
      if (round === 0) continue;
      counts.calls += 1;
      if (!isPromise) counts.fromMemory += 1;
    }
  }
  counts.lent = lent;
  await gate.close();
  return counts;
}

export const benchSparseTenants = (): Promise<Figure[]> =>
  withBenchDatabase(async ({ url }) => {
    const pool = new Pool({ connectionString: url, max: 10 });
    const figures: Figure[] = [];
    for (const durability of DURABILITIES) {
      const { calls, fromMemory, lent } = await decide(pool, url, durability);
      figures.push({
        name: `calls decided from memory, ${TENANTS} organizations that call every ${EVERY_MS / 1_000} s, durability ${durability}`,
        ratio: fromMemory / calls,
        atLeast: 0.9,
        detail: `${fromMemory} of ${calls} calls; Postgres was asked for units ${lent} times, beside the calls`,
      });
    }
    await pool.end();
    return figures;
  });
