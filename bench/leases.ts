// What it costs to ask "may I?": a leased check, beside the same question to a real Redis (rate-limiter-flexible; and
// @upstash/ratelimit over REST), and beside a conditional UPDATE. Four processes and one hot key, in one run.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { setIncluded } from '../src/testing/quota-fixture';
import { createOrganization } from '../src/testing/test-database';
import { startTestRedis } from '../src/testing/test-redis';
import { compileProgram } from '../src/testing/compile-program';
import { ROOT, v8Flags } from '../src/testing/start-command';
import { leaseReport, type LeaseReport, type LeaseTask } from './lease-task';
import { type Figure, median, round } from './measure';
import { withBenchDatabase } from './usage-database';

const PROCESSES = 4;
const ROUNDS = 3;
const DURATION_MS = 3_000;
const WAYS = ['leased', 'flexible', 'upstash', 'update'] as const;

async function measure(program: string, task: LeaseTask): Promise<LeaseReport[]> {
  return Promise.all(
    Array.from({ length: PROCESSES }, async () => {
      const child = fork(program, { cwd: ROOT, execArgv: v8Flags() });
      const reported = once(child, 'message');
      child.send(task);
      const [message] = (await Promise.race([
        reported,
        once(child, 'exit').then(() =>
          reported.catch(() => []).then(() => Promise.reject(new Error('a process ended early'))),
        ),
      ])) as [unknown];
      return leaseReport.parse(message);
    }),
  );
}

const total = (reports: readonly LeaseReport[], of: (report: LeaseReport) => number) =>
  reports.reduce((sum, report) => sum + of(report), 0);
const worst = (reports: readonly LeaseReport[], of: (report: LeaseReport) => number) => Math.max(...reports.map(of));

export async function benchLeases(): Promise<Figure[]> {
  const program = await compileProgram(resolve(__dirname, 'lease-process.ts'));
  const redis = await startTestRedis();
  try {
    return await withBenchDatabase(async ({ pool, url }) => {
      const { id: organizationId } = await createOrganization(pool);
      // Bounded, so that every check is a decision; large, so that the end of the quota is not what is measured.
      await setIncluded(pool, organizationId, 'api_calls', 1e12);
      await pool.query(
        'create table hot_counter (id integer primary key, used bigint not null, quota bigint not null) with (fillfactor = 10)',
      );
      await pool.query('insert into hot_counter values (1, 0, 1000000000000)');
      const places = { redisPort: redis.redisPort, restUrl: redis.directUrl, restToken: redis.token };
      const reports: Record<(typeof WAYS)[number], LeaseReport[][]> = {
        leased: [],
        flexible: [],
        upstash: [],
        update: [],
      };
      for (let turn = 0; turn < ROUNDS; turn += 1) {
        for (const way of WAYS) {
          reports[way].push(
            await measure(program, { way, durationMs: DURATION_MS, databaseUrl: url, organizationId, ...places }),
          );
        }
      }
      return figures(reports);
    });
  } finally {
    await redis.stop();
  }
}

function figures(reports: Record<(typeof WAYS)[number], LeaseReport[][]>): Figure[] {
  const perSecond = (way: (typeof WAYS)[number]) =>
    median(reports[way].map((round) => total(round, (report) => report.perSecond)));
  const p50 = (way: (typeof WAYS)[number]) => median(reports[way].flat().map((report) => report.p50Us));
  const p99 = (way: (typeof WAYS)[number]) =>
    Math.max(...reports[way].map((round) => worst(round, (report) => report.p99Us)));
  const told = (way: (typeof WAYS)[number]) =>
    `${Math.round(perSecond(way))}/s, p50 ${round(p50(way), 2)} µs, worst p99 ${round(p99(way), 1)} µs`;
  const leased = reports.leased.flat();
  const leases = total(leased, (report) => report.leases);
  const perLease = total(leased, (report) => report.count) / leases;
  const lease = `${leases} leases, ${Math.round(perLease)} checks each; in hand at the end of a process, and stranded by a kill until its journal is replayed: ${Math.round(worst(leased, (report) => report.unitsHeld))} units at most`;
  return [
    {
      name: 'leased check ÷ rate-limiter-flexible on Redis, checks per second',
      ratio: perSecond('leased') / perSecond('flexible'),
      atLeast: 50,
      detail: `${told('leased')}; Redis: ${told('flexible')}`,
    },
    { name: 'leased check, p99 ÷ 50 µs', ratio: p99('leased') / 50, atMost: 1, detail: lease },
    {
      name: 'leased check ÷ @upstash/ratelimit over REST, checks per second',
      ratio: perSecond('leased') / perSecond('upstash'),
      atLeast: 50,
      detail: `REST: ${told('upstash')}`,
    },
    {
      name: 'leased check ÷ conditional UPDATE, checks per second',
      ratio: perSecond('leased') / perSecond('update'),
      atLeast: 50,
      detail: `UPDATE: ${told('update')}`,
    },
  ];
}
