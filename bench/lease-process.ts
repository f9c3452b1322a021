// One of several processes that check one hot key, each in the way that it is told; see leases.ts.

import Redis from 'ioredis';
import { Ratelimit } from '@upstash/ratelimit';
import { Redis as UpstashRedis } from '@upstash/redis';
import { Pool } from 'pg';
import { pino } from 'pino';
import { RateLimiterRedis } from 'rate-limiter-flexible';
import { newId } from '../src/kernel/ids';
import { quotaGateOn } from '../src/testing/quota-gate-on';
import { leaseTask, type LeaseReport, type LeaseTask } from './lease-task';

/** One check in so many is timed: looking at the clock costs a good part of a leased one. */
const TIMED = 16;
/** Checks between two looks at the event loop, as a server's requests leave it alone. */
const BURST = 64;
const SAMPLES = 200_000;

interface Checker {
  check: () => unknown;
  /** Checks under way at once, such that the most get through. */
  concurrency: number;
  details: () => Pick<LeaseReport, 'leases' | 'unitsHeld'>;
  close: () => Promise<unknown>;
}
const none = () => ({ leases: 0, unitsHeld: 0 });

function leased({ databaseUrl, organizationId }: LeaseTask): Checker {
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  let leases = 0;
  const gate = quotaGateOn(pool, {
    databaseUrl,
    holderId: newId(),
    durability: 'memory',
    log: pino({ level: 'warn' }),
    onLend: () => (leases += 1),
  });
  const [caller, costs] = [{ organizationId, livemode: true }, { api_calls: 1 }];
  return {
    check: () => gate.take(caller, costs, Date.now()),
    concurrency: 1,
    details: () => ({ leases, unitsHeld: gate.status().unitsHeld }),
    close: () => gate.close().then(() => pool.end()),
  };
}

function flexible({ redisPort }: LeaseTask): Checker {
  const client = new Redis(redisPort);
  const limiter = new RateLimiterRedis({ storeClient: client, points: 1_000_000_000, duration: 3_600 });
  return {
    check: () => limiter.consume('hot'),
    concurrency: 64,
    details: none,
    close: async () => client.disconnect(),
  };
}

function upstash({ restUrl, restToken }: LeaseTask): Checker {
  const redis = new UpstashRedis({ url: restUrl, token: restToken, enableTelemetry: false });
  const limiter = new Ratelimit({
    redis,
    limiter: Ratelimit.slidingWindow(1_000_000_000, '1 h'),
    ephemeralCache: false,
  });
  return { check: () => limiter.limit('hot'), concurrency: 16, details: none, close: async () => undefined };
}

function conditionalUpdate({ databaseUrl }: LeaseTask): Checker {
  const pool = new Pool({ connectionString: databaseUrl, max: 4 });
  const sql = 'update hot_counter set used = used + 1 where id = 1 and used + 1 <= quota returning used';
  return { check: () => pool.query(sql), concurrency: 4, details: none, close: () => pool.end() };
}

const CHECKERS = { leased, flexible, upstash, update: conditionalUpdate };

async function run(task: LeaseTask): Promise<LeaseReport> {
  const checker = CHECKERS[task.way](task);
  await checker.check();
  const microseconds = new Float64Array(SAMPLES);
  let [count, samples] = [0, 0];
  const startedAtMs = performance.now();
  const endMs = startedAtMs + task.durationMs;
  const loop = async () => {
    while (performance.now() < endMs) {
      for (let n = 0; n < BURST; n += 1) {
        const timed = n % TIMED === 0;
        const before = timed ? performance.now() : 0;
        const answer = checker.check();
        if (answer instanceof Promise) await answer;
        if (timed) microseconds[samples++ % SAMPLES] = (performance.now() - before) * 1_000;
        count += 1;
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: checker.concurrency }, loop));
  const perSecond = (count * 1_000) / (performance.now() - startedAtMs);
  const sorted = microseconds.subarray(0, Math.min(samples, SAMPLES)).sort();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const report = { count, perSecond, p50Us: at(0.5), p99Us: at(0.99), ...checker.details() };
  await checker.close();
  return report;
}

process.once('message', (message) => {
  void run(leaseTask.parse(message)).then((report) => {
    process.send?.(report);
    process.disconnect();
  });
});
