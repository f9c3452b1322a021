import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemClock } from '@/kernel/clock';
import { createMetricCatalogue } from '@/plans';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createLabelStore } from '../label-store';
import { createUsageStore } from '../usage-store';
import { type UsageStore } from '../usage-store-contract';
import { importLog, type ImportResult } from './import-log';
import { createImportProgressStore } from './import-progress-store';

let database: TestDatabase;
let store: UsageStore;
let directory: string;

beforeAll(async () => {
  database = await createTestDatabase();
  const { pool } = database;
  store = createUsageStore({
    pool,
    labels: createLabelStore({ pool }),
    catalogue: createMetricCatalogue({ pool }),
    routeLimit: 500,
  });
  directory = await mkdtemp(join(tmpdir(), 'tollgate-import-'));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
  await database.drop();
});

const line = (path: string, second = 0) =>
  `203.0.113.9 - - [17/May/2015:10:05:${String(second).padStart(2, '0')} +0000] "GET ${path} HTTP/1.1" 200 10 "-" "test"\n`;

function run(
  path: string,
  organizationId: string,
  over: UsageStore = store,
  rejected: number[] = [],
): Promise<ImportResult> {
  return importLog(
    { path, format: 'combined', organizationId, source: 'import' },
    {
      store: over,
      progress: createImportProgressStore({ pool: database.pool }),
      clock: systemClock,
      locate: (ip) => ({ ip, country: null }),
      onRejected: (number) => rejected.push(number),
      onProgress: () => undefined,
    },
  );
}

async function counted(organizationId: string): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    'select coalesce(sum(events), 0)::int as n from usage_daily where organization_id = $1',
    [organizationId],
  );
  return rows[0]!.n;
}

it('counts two identical lines as two requests, the same file again as none, and a grown file by what was added', async () => {
  const { id } = await createOrganization(database.pool);
  const path = join(directory, 'grown.log');
  await writeFile(path, line('/a') + line('/a') + 'cut sho\n' + line('/b', 1));
  const rejected: number[] = [];
  expect(await run(path, id, store, rejected)).toEqual({
    lines: 4,
    accepted: 3,
    duplicates: 0,
    rejected: 1,
    alreadyDone: 0,
  });
  expect(rejected).toEqual([3]);
  expect(await run(path, id)).toEqual({ lines: 4, accepted: 0, duplicates: 0, rejected: 0, alreadyDone: 4 });
  await appendFile(path, line('/a') + line('/c', 2));
  expect(await run(path, id)).toEqual({ lines: 6, accepted: 2, duplicates: 0, rejected: 0, alreadyDone: 4 });
  expect(await counted(id)).toBe(5);
});

it('imports nothing twice even when the note of how far it came is lost', async () => {
  const { id } = await createOrganization(database.pool);
  const path = join(directory, 'lost-note.log');
  await writeFile(path, Array.from({ length: 50 }, (_, n) => line(`/${n % 3}`, n % 60)).join(''));
  await run(path, id);
  await database.pool.query('delete from usage_imports where organization_id = $1', [id]);
  expect(await run(path, id)).toMatchObject({ accepted: 0, duplicates: 50 });
});

it('continues after being stopped at any batch, before or after its commit, and ends with every line counted once', async () => {
  const { id } = await createOrganization(database.pool);
  const path = join(directory, 'stopped.log');
  await writeFile(path, Array.from({ length: 23_000 }, (_, n) => line(`/${n % 5}`, n % 60)).join(''));
  for (let stop = 0; stop < 4; stop += 1) {
    let calls = 0;
    const failing: UsageStore = {
      async record(events, options) {
        calls += 1;
        if (calls === 2 && stop % 2 === 0) throw new Error('stopped before the commit');
        const outcomes = await store.record(events, options);
        if (calls === 2) throw new Error('stopped after the commit');
        return outcomes;
      },
    };
    await expect(run(path, id, failing)).rejects.toThrow('stopped');
  }
  const last = await run(path, id);
  expect(last.lines).toBe(23_000);
  expect(await counted(id)).toBe(23_000);
});

it('does not confuse a file with another that shares its beginning', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('/a', '/b'), { minLength: 1, maxLength: 8 }),
      fc.array(fc.constantFrom('/a', '/b'), { minLength: 1, maxLength: 8 }),
      async (one, two) => {
        const { id } = await createOrganization(database.pool);
        const [first, second] = [join(directory, 'one.log'), join(directory, 'two.log')];
        await writeFile(first, one.map((path) => line(path)).join(''));
        await writeFile(second, two.map((path) => line(path)).join(''));
        await run(first, id);
        await run(second, id);
        // Known is the longest common beginning; all that follows is new.
        let common = 0;
        while (common < Math.min(one.length, two.length) && one[common] === two[common]) common += 1;
        expect(await counted(id)).toBe(one.length + two.length - common);
      },
    ),
    { numRuns: 15 },
  );
});
