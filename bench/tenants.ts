// A thousand organizations of fifty routes: what recording for them costs beside one organization, beside the commit before, and
// with four writers; how long a recording waits while a day is counted again; and how dashboards compare with a history.

import { createUsageQueries } from '../src/analytics';
import { systemClock } from '../src/kernel/clock';
import { createMetricCatalogue } from '../src/plans';
import { createUsageMaintenance } from '../src/metering';
import { createTestDatabase, type TestDatabase } from '../src/testing/test-database';
import { type Figure, measureInPairs, median, pairFigure, round } from './measure';
import { addTenants, COMMIT_BEFORE, databaseBefore, recordBatch, ROUTES } from './tenant-database';
import { withBenchDatabase } from './usage-database';

const MANY = 1_000;
const BATCH = 2_000;
const ROUNDS = 8;
/** Transactions of a large batch, and writers. */
const PARTS = 4;
const WRITERS = 4;
const RECOUNTED = 2_000_000;
const DAYS = 90;
const KEYS = 10;

/** A rising number for each event of a database, so that every route of every organization gets its turn. */
function recorder({ pool }: TestDatabase, organizations: number, most: number) {
  let next = 0;
  /** Records one batch as the store does: while others record too in several transactions, beginning with one of them. */
  return async (firstPart = 0): Promise<void> => {
    const first = next;
    next += BATCH;
    const client = await pool.connect();
    try {
      let parts = 1;
      if (most > 1) {
        const { rows } = await client.query<{ busy: boolean }>('select is_usage_being_recorded() as busy');
        if (rows[0]!.busy) parts = most;
      }
      for (let n = 0; n < parts; n++) {
        const part = { of: parts, number: (firstPart + n) % parts };
        await recordBatch(client, { first, count: BATCH, organizations, part });
      }
    } finally {
      client.release();
    }
  };
}

const eventsPerSecond = async (batches: number, work: () => Promise<unknown>): Promise<number> => {
  const startedAtMs = performance.now();
  await work();
  return (batches * BATCH * 1_000) / (performance.now() - startedAtMs);
};

async function warmUp(record: () => Promise<void>, organizations: number): Promise<void> {
  // Every sum of the hour is there once; what follows moves them.
  for (let n = 0; n < Math.max(3, (organizations * ROUTES) / BATCH); n++) await record();
}

/** Recording for many organizations and for one, now and before. */
async function benchRecordingFor(organizations: number, atLeast: number): Promise<Figure[]> {
  const [now, before] = [await createTestDatabase(), await databaseBefore()];
  try {
    const figures: Figure[] = [];
    await addTenants(now.pool, organizations);
    const record = recorder(now, organizations, organizations === 1 ? 1 : PARTS);
    await warmUp(record, organizations);
    const perSecond = (work: () => Promise<void>) => () =>
      eventsPerSecond(2, async () => {
        await work();
        await work();
      });
    const name = `recording for ${organizations} organization${organizations === 1 ? '' : 's'} × ${ROUTES} routes`;
    if (before) {
      await addTenants(before.pool, organizations);
      const recordBefore = recorder(before, organizations, 1);
      await warmUp(recordBefore, organizations);
      const pairs = await measureInPairs(ROUNDS, perSecond(recordBefore), perSecond(record));
      figures.push({ ...pairFigure(`${name} ÷ commit ${COMMIT_BEFORE}`, [pairs], 'events/s', 0), atLeast });
    } else {
      console.log(
        `  – ${name}: the history does not hold commit ${COMMIT_BEFORE}, so there is nothing to compare with`,
      );
    }
    figures.push(await walFigure(now, record, name));
    if (organizations > 1) figures.push(await writersFigure(record));
    return figures;
  } finally {
    await now.drop();
    await before?.drop();
  }
}

async function walFigure({ pool }: TestDatabase, record: () => Promise<void>, name: string): Promise<Figure> {
  const batches = 10;
  const { rows: start } = await pool.query<{ at: string }>('select pg_current_wal_insert_lsn() as at');
  for (let n = 0; n < batches; n++) await record();
  const { rows } = await pool.query<{ bytes: number }>(
    'select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), $1)::float8 as bytes',
    [start[0]!.at],
  );
  const bytes = rows[0]!.bytes / (batches * BATCH);
  return { name: `${name}: WAL per event ÷ 700 B`, ratio: bytes / 700, atMost: 1, detail: `${round(bytes, 0)} B` };
}

async function writersFigure(record: (firstPart: number) => Promise<void>): Promise<Figure> {
  // Long enough that the first batches, which find nobody recording, weigh little.
  const each = 10;
  const byWriters = (writers: number) => () =>
    eventsPerSecond(writers * each, () =>
      Promise.all(
        Array.from({ length: writers }, async (_, writer) => {
          for (let n = 0; n < each; n++) await record(writer + n);
        }),
      ),
    );
  const pairs = await measureInPairs(3, byWriters(1), byWriters(WRITERS));
  return { ...pairFigure(`${WRITERS} writers ÷ one`, [pairs], 'events/s', 0), atLeast: 1.5 };
}

/** The longest that recording a small batch took while a day of all organizations was counted again. */
async function benchRecount(): Promise<Figure> {
  const database = await createTestDatabase();
  const { pool } = database;
  try {
    await addTenants(pool, MANY);
    const client = await pool.connect();
    const yesterday = `date_trunc('day', now(), 'UTC') - interval '1 day'`;
    const chunk = 100_000;
    for (let first = 0; first < RECOUNTED; first += chunk) {
      await recordBatch(client, { first, count: chunk, organizations: MANY, from: yesterday, seconds: 86_399 });
      if (process.stderr.isTTY) process.stderr.write(`\r  recording ${first + chunk} of ${RECOUNTED} events `);
    }
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[K');
    await pool.query('vacuum analyze');
    const maintenance = createUsageMaintenance({ pool });
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
    let running = true;
    const startedAtMs = performance.now();
    const recount = maintenance.aggregateDay(day).finally(() => (running = false));
    const waits: number[] = [];
    for (let first = RECOUNTED; running; first += 50) {
      const beganAtMs = performance.now();
      await recordBatch(client, { first, count: 50, organizations: MANY });
      waits.push(performance.now() - beganAtMs);
    }
    const mended = await recount;
    client.release();
    if (mended.length > 0) throw new Error(`the recount mended ${mended.length} sums where none was wrong`);
    const longest = Math.max(...waits);
    return {
      name: `longest recording while ${RECOUNTED} events of ${MANY} organizations are counted again ÷ 1 s`,
      ratio: longest / 1_000,
      atMost: 1,
      detail: `${round(longest, 0)} ms; median of ${waits.length}: ${round(median(waits), 1)} ms; the recount took ${round((performance.now() - startedAtMs) / 1_000, 1)} s`,
    };
  } finally {
    await database.drop();
  }
}

async function benchDashboards(): Promise<Figure[]> {
  const database = await createTestDatabase();
  const { pool } = database;
  try {
    await addTenants(pool, 1);
    const client = await pool.connect();
    const perDay = ROUTES * KEYS * 10;
    for (let day = 0; day < DAYS; day++) {
      const from = `date_trunc('day', now(), 'UTC') - interval '${DAYS - 1 - day} days'`;
      const seconds = day === DAYS - 1 ? 1 : 86_399;
      await recordBatch(client, { first: day * perDay, count: perDay, organizations: 1, keys: KEYS, from, seconds });
    }
    client.release();
    await createUsageMaintenance({ pool }).foldHours(new Date());
    await pool.query('vacuum analyze');
    const { rows } = await pool.query<{ id: string }>('select id from organizations');
    const { id } = rows[0]!;
    const queries = createUsageQueries({
      pool,
      clock: systemClock,
      catalogue: createMetricCatalogue({ pool }),
      billingPeriodOf: () => {
        const to = new Date(Math.ceil(Date.now() / 86_400_000) * 86_400_000);
        return Promise.resolve({ from: new Date(to.getTime() - 30 * 86_400_000), to });
      },
    });
    const range = { days: DAYS, mode: 'live' } as const;
    const timed = (work: () => Promise<unknown>) => async () => {
      const startedAtMs = performance.now();
      await work();
      return performance.now() - startedAtMs;
    };
    const history = timed(() => queries.history(id, { ...range, metric: 'api_calls' }));
    const boards = {
      stats: timed(() => queries.stats(id, range)),
      endpoints: timed(() => queries.byEndpoint(id, range)),
      trends: timed(() => queries.trends(id, range)),
      summary: timed(() => queries.summary(id, range)),
    };
    await history();
    const figures: Figure[] = [];
    for (const [name, board] of Object.entries(boards)) {
      await board();
      const pairs = await measureInPairs(ROUNDS, history, board);
      figures.push({
        ...pairFigure(`${name} ÷ history, ${ROUTES} routes × ${KEYS} keys × ${DAYS} days`, [pairs], 'ms', 1),
        atMost: 5,
      });
    }
    return figures;
  } finally {
    await database.drop();
  }
}

export async function benchTenants(): Promise<Figure[]> {
  return withBenchDatabase(async () => [
    ...(await benchRecordingFor(MANY, 3)),
    ...(await benchRecordingFor(1, 1)),
    await benchRecount(),
    ...(await benchDashboards()),
  ]);
}
