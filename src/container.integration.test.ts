import { rm } from 'node:fs/promises';
import { createTestKey, limitedTestEnvironment } from '@/testing/limited-environment';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';

const CALLS = 5;

let database: TestDatabase;
let dataDir: string;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));
afterAll(() => database.drop());

/** Writes down when a method is called and when it has done its work; it works as before. */
function watch<K extends string, T extends { [name in K]: (...given: never[]) => Promise<unknown> }>(
  part: T,
  method: K,
  step: string,
  steps: string[],
): void {
  const work = part[method].bind(part);
  part[method] = (async (...given: never[]) => {
    steps.push(`${step} begins`);
    const result = await work(...given);
    steps.push(`${step} ends`);
    return result;
  }) as T[K];
}

/** Answers calls, none of which is in the database yet, then ends; resolves to the steps of the end, in their order. */
async function stepsOfTheEnd(durability: string): Promise<{ steps: string[]; organizationId: string }> {
  // What a batch waits for never comes: it is the end that writes it.
  const waits = { USAGE_FLUSH_MS: '60000', USAGE_BATCH_SIZE: '1000' };
  dataDir = await limitedTestEnvironment(database.url, { USAGE_DURABILITY: durability, ...waits });
  // The environment is read once per copy of its module.
  jest.resetModules();
  const { services, withApiKey } = await import('@/container');
  const parts = services();
  await parts.start();
  const { id: organizationId } = await createOrganization(database.pool);
  const key = await createTestKey(parts.apiKeys, organizationId);
  const route = withApiKey(async () => Response.json({}));
  const call = () => {
    const request = new Request('https://api.example.com/v1/things', { headers: { 'x-api-key': key } });
    return route(request, { params: Promise.resolve({}) });
  };
  for (let answered = 0; answered < CALLS;) {
    const { status } = await call();
    // 503: the machine is too busy for the database to lend in time, and nothing was done.
    expect([200, 503]).toContain(status);
    if (status === 200) answered++;
  }
  const steps: string[] = [];
  watch(parts.quotaGate, 'close', 'the gate', steps);
  watch(parts.usageTracker, 'close', 'the tracker', steps);
  watch(parts.usageStore, 'record', 'the last batch', steps);
  watch(parts.quotaStore, 'releaseHolder', 'the release of the holder', steps);
  await parts.close();
  return { steps, organizationId };
}

const countersOf = async (organizationId: string) => {
  const { rows } = await database.pool.query<{ used: number; leased: number }>(
    `select used::float8 as used, leased::float8 as leased from quota_counters where organization_id = $1 and metric = 'api_calls'`,
    [organizationId],
  );
  return rows;
};

describe('the end of a process', () => {
  it('stops lending first, then records what was handed out, and only then lets its holder go', async () => {
    const { steps, organizationId } = await stepsOfTheEnd('journal');
    expect(steps).toEqual([
      'the gate begins',
      'the gate ends',
      'the tracker begins',
      'the last batch begins',
      'the last batch ends',
      // The journal knows now that nothing of this process is left anywhere.
      'the release of the holder begins',
      'the release of the holder ends',
      'the tracker ends',
    ]);
    expect(await countersOf(organizationId)).toEqual([{ used: CALLS, leased: 0 }]);
  });

  it('does so without a journal too', async () => {
    const { steps, organizationId } = await stepsOfTheEnd('memory');
    expect(steps).toEqual([
      'the gate begins',
      'the gate ends',
      'the tracker begins',
      'the last batch begins',
      'the last batch ends',
      'the tracker ends',
      'the release of the holder begins',
      'the release of the holder ends',
    ]);
    expect(await countersOf(organizationId)).toEqual([{ used: CALLS, leased: 0 }]);
  });
});
