import { setTimeout as pause } from 'node:timers/promises';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createDatabaseListener, type DatabaseListener, type Listening } from './database-listener';

let database: TestDatabase;
let listener: DatabaseListener;
let warnings: string[];

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() => {
  warnings = [];
  listener = createDatabaseListener({
    connection: { connectionString: database.url },
    pool: database.pool,
    monotonicMs: () => performance.now(),
    warn: (_problem, message) => warnings.push(message),
  });
});
afterEach(() => listener.close());

function subscribe(channels: string[], notified?: (channel: string, payload: string) => void) {
  const heard: string[] = [];
  let began = 0;
  const listening = listener.subscribe({
    channels,
    lostMessage: `${channels.join()} is not heard`,
    notified: notified ?? ((channel, payload) => heard.push(`${channel} ${payload}`)),
    began: () => (began += 1),
  });
  return { heard, began: () => began, ...listening };
}
const heardBy = async ({ heardThroughMs }: Pick<Listening, 'heardThroughMs'>) => {
  while (heardThroughMs() === -Infinity) await pause(2);
};
const tell = (channel: string, payload: string) => database.pool.query('select pg_notify($1, $2)', [channel, payload]);

async function sessions(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity where application_name = 'tollgate-listen' and datname = current_database()`,
  );
  return rows[0]!.n;
}

describe('the listener of a process', () => {
  it('is one session, however many subscribe and whenever, and tells each of its own channels only', async () => {
    const [keys, quotas] = [subscribe(['keys_test']), subscribe(['quotas_test', 'recalls_test'])];
    await heardBy(keys);
    const late = subscribe(['keys_test', 'late_test']);
    await Promise.all([keys, quotas, late].map(heardBy));
    expect(await sessions()).toBe(1);
    for (const channel of ['keys_test', 'quotas_test', 'recalls_test', 'late_test']) await tell(channel, 'now');
    expect(await quotas.prove()).toBe(true);
    expect(keys.heard).toEqual(['keys_test now']);
    expect(quotas.heard).toEqual(['quotas_test now', 'recalls_test now']);
    expect(late.heard).toEqual(['keys_test now', 'late_test now']);
    late.stop();
    await tell('keys_test', 'again');
    await keys.prove();
    expect([keys.heard.length, late.heard.length]).toEqual([2, 2]);
    expect(late.heardThroughMs()).toBe(-Infinity);
  });

  it('tells every subscriber that listening began anew after the session was lost, and believes nothing meanwhile', async () => {
    const [keys, quotas] = [subscribe(['keys_test']), subscribe(['quotas_test'])];
    await Promise.all([keys, quotas].map(heardBy));
    await database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tollgate-listen' and datname = current_database()`,
    );
    while (keys.heardThroughMs() !== -Infinity) await pause(2);
    expect(await quotas.prove()).toBe(false);
    await Promise.all([keys, quotas].map(heardBy));
    expect([keys.began(), quotas.began()]).toEqual([2, 2]);
    expect(warnings).toEqual(['keys_test is not heard', 'quotas_test is not heard']);
    await tell('quotas_test', 'back');
    await quotas.prove();
    expect(quotas.heard).toEqual(['quotas_test back']);
  });

  it('does not let one subscriber that fails keep the news from another', async () => {
    const bad = subscribe(['both_test'], () => {
      throw new Error('cannot take note');
    });
    const good = subscribe(['both_test']);
    await Promise.all([bad, good].map(heardBy));
    await tell('both_test', 'now');
    await good.prove();
    expect(good.heard).toEqual(['both_test now']);
    expect(warnings).toHaveLength(1);
  });
});
