// npx tsx bench/quota-exactness.ts: one quota of 1,000, 6,000 attempts, and 1, 4, 8 and 16 processes. Prints what was granted;
// exits with 1 where that is not the most that fits.

import { QuotaFleet } from '../src/testing/quota-scenarios';
import { withBenchDatabase } from './usage-database';

const ATTEMPTS = 6_000;
const EXPECTED: [number[], number][] = [
  [[1], 1_000],
  [[3], 999],
  [[7], 994],
  [[7, 3, 1, 1], 1_000],
];

async function main(rounds: number): Promise<void> {
  await withBenchDatabase(async (database) => {
    for (const processes of [1, 4, 8, 16]) {
      const fleet = await QuotaFleet.start(database, processes);
      for (const [costs, expected] of EXPECTED) {
        const granted: number[] = [];
        const startedAtMs = performance.now();
        for (let turn = 0; turn < rounds; turn += 1) {
          const organizationId = await fleet.organization();
          granted.push((await fleet.use(organizationId, { attempts: ATTEMPTS, costs })).granted);
          const done = await fleet.counterWhen(organizationId, ({ used, leased }) => used === expected && leased === 0);
          if (done.used !== expected || done.leased !== 0 || done.recorded !== expected) process.exitCode = 1;
        }
        const exact = granted.every((units) => units === expected);
        if (!exact) process.exitCode = 1;
        const ms = Math.round((performance.now() - startedAtMs) / rounds);
        console.log(
          `${exact ? '✓' : '✗'} ${processes} processes, costs ${costs.join(' ')}: ${granted.join(' ')} of ${expected}, ${ms} ms each`,
        );
      }
      await fleet.close();
    }
  });
}

void main(Number(process.argv[2] ?? 3));
