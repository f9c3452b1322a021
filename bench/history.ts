// Whether a dashboard grows slower with traffic: the thirty-day history of an organization with ten million events, beside the same
// question over a hundred thousand.

import { createUsageQueries } from '../src/analytics';
import { systemClock } from '../src/kernel/clock';
import { createUsageMaintenance } from '../src/metering';
import { createMetricCatalogue } from '../src/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '../src/testing/test-database';
import { type Figure, measureInPairs, pairFigure, round } from './measure';
import { withBenchDatabase } from './usage-database';

const SMALL = 100_000;
const LARGE = 10_000_000;
const BATCH = 100_000;
const QUESTIONS = 15;
const ROUNDS = 10;

/** Twenty-nine days of traffic, so that all of it lies in the range that is asked for, over 20 routes and 3 keys, recorded by the function that records everything. */
async function fill({ pool }: TestDatabase, organizationId: string, events: number): Promise<void> {
  await pool.query('select ensure_usage_partition(now()::date)');
  await pool.query(
    `insert into usage_sources (organization_id, livemode, kind, name) values ($1, true, 'own', 'api')`,
    [organizationId],
  );
  await pool.query(`insert into usage_labels (label) select '/v1/route-' || n from generate_series(1, 20) n`);
  const client = await pool.connect();
  try {
    for (let from = 0; from < events; from += BATCH) {
      await client.query('begin');
      await client.query('select prepare_usage_batch()');
      await client.query(
        `insert into usage_batch (position, occurred_at, request_bytes, response_bytes, organization_id, event_key, api_key_id, source_id, route_id,
           duration_us, status, livemode, method, country, quantities)
         select n, now() - interval '29 days' * (n::float8 / $3), 100, 1000 + n % 500, $1, gen_random_uuid(),
           ('00000000-0000-4000-8000-00000000000' || n % 3)::uuid, (select id from usage_sources where organization_id = $1),
           (select min(id) from usage_labels) + n % 20, (exp(random() * 3) * 1000)::integer, case n % 25 when 0 then 404 else 200 end, true, 'GET',
           (array['DE', 'US', 'FR'])[1 + n % 3], '{"api_calls": 1}'
         from generate_series($2::bigint, $2::bigint + least($4::bigint, $3::bigint - $2) - 1) n`,
        [organizationId, from, events, BATCH],
      );
      await client.query(`select from record_usage_batch(now() - interval '40 days', 500)`);
      await client.query('commit');
      if (process.stderr.isTTY)
        process.stderr.write(`\r  recording ${round(((from + BATCH) / events) * 100, 0)} % of ${events} events `);
    }
    await createUsageMaintenance({ pool }).foldHours(new Date());
    await client.query('vacuum analyze usage_rollups, usage_daily');
  } finally {
    client.release();
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
  }
}

export async function benchHistory(): Promise<Figure[]> {
  return withBenchDatabase(async (largeDatabase) => {
    const smallDatabase = await createTestDatabase();
    try {
      const ask = async (database: TestDatabase, events: number) => {
        const { id } = await createOrganization(database.pool);
        await fill(database, id, events);
        const queries = createUsageQueries({
          pool: database.pool,
          clock: systemClock,
          catalogue: createMetricCatalogue({ pool: database.pool }),
          billingPeriodOf: () => Promise.reject(new Error('the history does not ask for it')),
        });
        const history = () => queries.history(id, { days: 30, mode: 'live', metric: 'api_calls' });
        const total = (await history()).points.reduce((sum, point) => sum + point.requests, 0);
        if (total !== events) throw new Error(`the history holds ${total} of ${events} events`);
        return async () => {
          const startedAtMs = performance.now();
          for (let n = 0; n < QUESTIONS; n += 1) await history();
          return (performance.now() - startedAtMs) / QUESTIONS;
        };
      };
      const small = await ask(smallDatabase, SMALL);
      const large = await ask(largeDatabase, LARGE);
      const pairs = await measureInPairs(ROUNDS, small, large);
      return [{ ...pairFigure('thirty-day history at 10 M events ÷ at 100 k', [pairs], 'ms', 2), atMost: 1.5 }];
    } finally {
      await smallDatabase.drop();
    }
  });
}
