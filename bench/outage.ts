// npx tsx bench/outage.ts [server] [gate]: what callers see, by policy, while Postgres is killed under load and started again six
// seconds later. Through a metered server, whose keys cannot be checked either, and through the quota gate alone. Exits with 1 where
// what is recorded is not what was answered, or a hard limit was passed.

import { verifyUsage } from '../src/metering';
import { startGateSubjects } from './outage-gate';
import { observeOutage } from './outage-load';
import { MortalPostgres } from './outage-postgres';
import { printObservations, printRecorded } from './outage-report';
import { startServerSubjects } from './outage-server';

const WAYS = { server: startServerSubjects, gate: startGateSubjects };

async function run(way: keyof typeof WAYS, postgres: MortalPostgres): Promise<void> {
  const { pool } = postgres.database;
  const { subjects, close } = await WAYS[way](postgres.database);
  const { timeline, observations } = await observeOutage(postgres, subjects).finally(close);
  const { killedAtMs, startedAtMs, backAtMs } = timeline;
  const down = `Postgres down for ${Math.round(backAtMs - killedAtMs)} ms, of which ${Math.round(backAtMs - startedAtMs)} to start`;
  console.log(`\n${way}: ${down}`);
  for (const [subject, heard] of observations) {
    printObservations(subject, heard, timeline);
    if (!(await printRecorded(pool, subject, heard))) process.exitCode = 1;
  }
  const { differences } = await verifyUsage(pool);
  if (differences.length > 0) process.exitCode = 1;
  console.log(`\n  ${differences.length} differences between raw events, sums, ledgers, counters and leases`);
}

async function main(names: string[]): Promise<void> {
  const isWay = (name: string): name is keyof typeof WAYS => name in WAYS;
  const unknown = names.find((name) => !isWay(name));
  if (unknown !== undefined) throw new Error(`There is no "${unknown}"; there are: ${Object.keys(WAYS).join(', ')}.`);
  const ways = names.length > 0 ? names.filter(isWay) : (Object.keys(WAYS) as (keyof typeof WAYS)[]);
  for (const way of ways) await MortalPostgres.with((postgres) => run(way, postgres));
}

void main(process.argv.slice(2));
