import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { verifyUsage } from '../src/metering/usage-verification';
import { createPool } from '../src/db';
import { findDatabaseUrl } from '../src/standalone/database-address';
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

async function killPostgres(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ directory: string }>(`select current_setting('data_directory') as directory`);
  await client.end();
  const { readFile } = await import('node:fs/promises');
  process.kill(Number((await readFile(`${rows[0]!.directory}/postmaster.pid`, 'utf8')).split('\n')[0]), 'SIGKILL');
}

/** How often each of the ids stands in the raw events, and how many of source `api` stand there in all. */
async function stored(url: string, ids: string[]): Promise<{ missing: string[]; double: string[]; total: number }> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ id: string; n: number }>(
      `select a.id, count(e.event_key)::int as n from unnest($1::uuid[]) a (id) left join usage_events e on e.event_key = a.id group by 1 having count(e.event_key) <> 1`,
      [ids],
    );
    const { rows: all } = await client.query<{ n: number }>(
      `select count(*)::int as n from usage_events e join usage_sources s on s.id = e.source_id where s.kind = 'own' and s.name = 'api'`,
    );
    return {
      missing: rows.filter(({ n }) => n === 0).map(({ id }) => id),
      double: rows.filter(({ n }) => n > 1).map(({ id }) => id),
      total: all[0]!.n,
    };
  } finally {
    await client.end();
  }
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
  const url = await findDatabaseUrl({ DATA_DIR: stack.dataDir });
  const before = (await stored(url, [])).total;
  const answered: string[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    const stop = new AbortController();
    const load = runLoad(`${stack.url}/api/v1/echo`, apiKey, connections, stop.signal);
    await sleep(200 + Math.random() * 1_800);
    if (victims[kill % victims.length] === 'postgres') {
      await killPostgres(url);
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
  // Replays and backlog: wait until everything that is kept has arrived.
  let now = await stored(url, answered);
  for (let waited = 0; now.missing.length > 0 && waited < 60; waited += 1) {
    await sleep(500);
    now = await stored(url, answered);
  }
  await sleep(1_000);
  now = await stored(url, answered);
  const pool = createPool({ connectionString: url, max: 1, applicationName: 'kill-test', onError: () => undefined });
  const { differences } = await verifyUsage(pool);
  await pool.end();
  return {
    kills,
    answered: answered.length,
    unansweredButKept: now.total - before - answered.length,
    missing: now.missing,
    double: now.double,
    differences: differences.map(({ check, metric, day, detail }) => `${check} ${metric} ${day}: ${detail}`),
  };
}
