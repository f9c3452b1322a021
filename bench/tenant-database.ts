// Databases of many organizations, now and as they were before sums were made by the hour, and batches for them.

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Pool, type PoolClient } from 'pg';
import { createTestDatabase, type TestDatabase } from '../src/testing/test-database';

/** The last commit at which a sum per day was moved with every event. */
export const COMMIT_BEFORE = '5058282';
export const ROUTES = 50;

async function git(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)('git', args, { cwd: __dirname, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

/** A database with the migrations of that commit; null where the history does not go back so far. */
export async function databaseBefore(): Promise<TestDatabase | null> {
  let migrations: string[];
  try {
    const names = (await git('ls-tree', '--name-only', '--full-tree', COMMIT_BEFORE, 'supabase/migrations/')).trim();
    migrations = await Promise.all(names.split('\n').map((name) => git('show', `${COMMIT_BEFORE}:${name}`)));
  } catch {
    return null;
  }
  const database = await createTestDatabase({ template: 'tollgate_bare' });
  for (const sql of migrations) await database.pool.query(sql);
  return database;
}

/** Adds organizations, each with a source, and the labels of their routes. */
export async function addTenants(pool: Pool, organizations: number): Promise<void> {
  await pool.query(
    `insert into organizations (name, slug) select 'Tenant', 'tenant-' || n from generate_series(1, $1::integer) n`,
    [organizations],
  );
  const { rows } = await pool.query<{ kinds: boolean }>(
    `select exists (select from information_schema.columns where table_name = 'usage_sources' and column_name = 'kind') as kinds`,
  );
  await pool.query(
    rows[0]!.kinds
      ? `insert into usage_sources (organization_id, livemode, kind, name) select id, true, 'own', 'api' from organizations`
      : `insert into usage_sources (organization_id, name) select id, 'api' from organizations`,
  );
  await pool.query(`insert into usage_labels (label) select '/v1/route-' || n from generate_series(1, $1::integer) n`, [
    ROUTES,
  ]);
  await pool.query(
    `create table tenants as
     select row_number() over (order by o.id) - 1 as number, o.id, s.id as source_id from organizations o join usage_sources s on s.organization_id = o.id`,
  );
  await pool.query('create unique index on tenants (number)');
  await pool.query('select ensure_usage_partition(now()::date)');
  await pool.query('analyze');
}

export interface Batch {
  /** Number of the first event; event n belongs to organization n modulo their number. */
  first: number;
  count: number;
  organizations: number;
  keys?: number;
  /** When its events happened: from this SQL expression on, for so many seconds. */
  from?: string;
  seconds?: number;
  /** Only the events of one part of the organizations. */
  part?: { of: number; number: number };
}

/** Records a batch in one transaction, as the store does but for the encoding. */
export async function recordBatch(client: PoolClient, batch: Batch): Promise<void> {
  const { first, count, organizations, keys = 1, from = 'now()', seconds = 0, part = { of: 1, number: 0 } } = batch;
  await client.query('begin');
  await client.query('select prepare_usage_batch()');
  await client.query(
    `insert into usage_batch (position, occurred_at, request_bytes, response_bytes, organization_id, event_key, api_key_id, source_id,
       route_id, duration_us, status, livemode, method, country, quantities)
     select n - $1, ${from} + make_interval(secs => random() * $4), 100, 1000 + n % 500, t.id, uuidv7(),
       ('00000000-0000-4000-8000-00000000000' || (n / ($3 * ${ROUTES})) % $5)::uuid, t.source_id,
       (select min(id) from usage_labels) + (n / $3) % ${ROUTES}, (exp(random() * 3) * 1000)::integer,
       case n % 25 when 0 then 404 else 200 end, true, 'GET', (array['DE', 'US', 'FR'])[1 + n % 3], '{"api_calls": 1}'
     from generate_series($1::bigint, $1::bigint + $2::bigint - 1) n join tenants t on t.number = n % $3::bigint
     where ('x' || right(t.id::text, 1))::bit(4)::integer % $6::integer = $7::integer`,
    [first, count, organizations, seconds, keys, part.of, part.number],
  );
  await client.query(`select from record_usage_batch(now() - interval '40 days', 500)`);
  await client.query('commit');
}
