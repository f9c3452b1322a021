import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool } from 'pg';
import { verifyUsage } from '../src/metering/usage-verification';
import { createPool } from '../src/db';
import { findDatabaseUrl } from '../src/standalone/database-address';
import { untilDatabaseAnswers } from '../src/testing/until-database-answers';
import { runLoad } from './metered-load';
import { type Stack } from './stack';

export interface KillReport {
  kills: number;
  /** Calls that were answered 2xx, completely. */
  answered: number;
  /** Events that are stored without their answer having arrived: calls that were cut off by a kill. */
  unansweredButKept: number;
  missing: string[];
  double: string[];
  /** What `npm run verify` finds. */
  differences: string[];
}

export type Victim = 'server' | 'postgres';

/** Works on the database of the stack, wherever it listens now, as soon as it takes connections. */
async function onDatabase<T>(stack: Stack, work: (pool: Pool) => Promise<T>): Promise<T> {
  const connectionString = await findDatabaseUrl({ DATA_DIR: stack.dataDir });
  const pool = createPool({ connectionString, max: 1, applicationName: 'kill-test', onError: () => undefined });
  try {
    await untilDatabaseAnswers(pool);
    return await work(pool);
  } finally {
    await pool.end();
  }
}

async function killPostgres(stack: Stack): Promise<void> {
  const directory = await onDatabase(stack, async (pool) => {
    const { rows } = await pool.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
    return rows[0]!.directory;
  });
  process.kill(Number((await readFile(`${directory}/postmaster.pid`, 'utf8')).split('\n')[0]), 'SIGKILL');
}

/** How often each of the ids stands in the raw events, and how many of source `api` stand there in all. */
async function stored(pool: Pool, ids: string[]): Promise<{ missing: string[]; double: string[]; total: number }> {
  const { rows } = await pool.query<{ id: string; n: number }>(
    `select a.id, count(e.event_key)::int as n from unnest($1::uuid[]) a (id) left join usage_events e on e.event_key = a.id group by 1 having count(e.event_key) <> 1`,
    [ids],
  );
  const { rows: all } = await pool.query<{ n: number }>(
    `select count(*)::int as n from usage_events e join usage_sources s on s.id = e.source_id where s.kind = 'own' and s.name = 'api'`,
  );
  return {
    missing: rows.filter(({ n }) => n === 0).map(({ id }) => id),
    double: rows.filter(({ n }) => n > 1).map(({ id }) => id),
    total: all[0]!.n,
  };
}

/** Waits, half a minute at most, until replays and backlog have brought what is kept; says what is stored then, and what verify finds. */
async function countedInTheEnd(pool: Pool, answered: string[]) {
  for (let waited = 0; waited < 60 && (await stored(pool, answered)).missing.length > 0; waited += 1) await sleep(500);
  await sleep(1_000);
  const { differences } = await verifyUsage(pool);
  return { ...(await stored(pool, answered)), differences };
}

/**
 * Loads the echo route over several connections and kills the server (or only its Postgres) at random moments, `kills` times; then
 * compares what was answered with what was counted.
 */
export async function killUnderLoad(
  stack: Stack,
  { kills, connections = 8, victims }: { kills: number; connections?: number; victims: Victim[] },
): Promise<KillReport> {
  const { apiKey } = await stack.demo();
  const before = (await onDatabase(stack, (pool) => stored(pool, []))).total;
  const answered: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const stop = new AbortController();
    const load = runLoad(`${stack.url}/api/v1/echo`, apiKey, connections, stop.signal);
    await sleep(200 + Math.random() * 1_800);
    if (victims[kill % victims.length] === 'postgres') {
      await killPostgres(stack);
      // Calls go on while it is away: the journal keeps them.
      await sleep(500 + Math.random() * 1_000);
      stop.abort();
      answered.push(...(await load).answered);
    } else {
      const killed = stack.kill();
      await sleep(20);
      stop.abort();
      answered.push(...(await load).answered);
      await killed;
      await stack.start();
    }
    if (process.stderr.isTTY)
      process.stderr.write(`\r${kill + 1} of ${kills} kills, ${answered.length} calls answered `);
  }
  const now = await onDatabase(stack, (pool) => countedInTheEnd(pool, answered));
  return {
    kills,
    answered: answered.length,
    unansweredButKept: now.total - before - answered.length,
    missing: now.missing,
    double: now.double,
    differences: now.differences.map(({ check, metric, day, detail }) => `${check} ${metric} ${day}: ${detail}`),
  };
}
