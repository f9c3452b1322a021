import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { billedIn, billingRunsOf, BY_SCHEDULER, createBillingWorld, dueAccount } from '@/testing/billing-run-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { takeBillingLease } from './billing-lease';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase({ connections: 20 });
  pool = database.pool;
});
afterAll(() => database.drop());
beforeEach(async () => {
  await pool.query('delete from organizations');
  await pool.query('delete from billing_runs');
  await pool.query(`update billing_lease set holder = null, expires_at = '-infinity', watermark = '-infinity'`);
});

describe('two runs', () => {
  it('never work at the same time, however many begin', async () => {
    const world = createBillingWorld(pool);
    for (const day of ['06-01', '06-02', '06-03', '06-04', '06-05']) await dueAccount(pool, day);
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => billingRunsOf(world).run(BY_SCHEDULER)));
    expect(billedIn(world)).toHaveLength(5);
    expect(new Set(billedIn(world)).size).toBe(5);
    const done = outcomes.filter(({ status }) => status === 'done');
    expect(done.length + outcomes.filter(({ status }) => status === 'busy').length).toBe(8);
    expect(done.reduce((sum, { run }) => sum + run!.invoiced, 0)).toBe(5);
  });

  it('follow each other although the first was killed, whose end is then known', async () => {
    const world = createBillingWorld(pool);
    const id = await dueAccount(pool, '06-01');
    // Killed: it has the lease and a row, and is never heard of again.
    const dead = randomUUID();
    await takeBillingLease({ pool, holder: dead, leaseMs: 300, monotonicMs: () => performance.now() });
    await pool.query(
      `insert into billing_runs (id, at, started_by, dry_run, heartbeat_at) values ($1, now(), 'scheduler', false, now() - interval '1 hour')`,
      [dead],
    );
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).status).toBe('busy');
    await new Promise((resolve) => setTimeout(resolve, 350));
    const runs = billingRunsOf(world);
    expect((await runs.run(BY_SCHEDULER)).status).toBe('done');
    expect(billedIn(world)).toEqual([`bill ${id} 2027-05-01`]);
    expect(await runs.get(dead)).toMatchObject({ status: 'failed', reason: 'Its process ended.' });
  });

  it('are apart: one that lost its lease touches nothing more and moves no watermark', async () => {
    const world = createBillingWorld(pool);
    for (const day of ['06-01', '06-02', '06-03']) await dueAccount(pool, day);
    const next = createBillingWorld(pool);
    let other: Promise<unknown> | undefined;
    // Paused in its first step for longer than its lease holds; meanwhile the next one begins.
    world.onBill = async () => {
      world.onBill = () => undefined;
      await pool.query(`update billing_lease set expires_at = clock_timestamp()`);
      world.elapsedMs += 60_001;
      other = billingRunsOf(next).run({ ...BY_SCHEDULER, at: new Date('2027-06-09T00:00:00Z') });
      await new Promise((resolve) => setTimeout(resolve, 300));
    };
    const first = await billingRunsOf(world, { concurrency: 1, budgetMs: 600_000 }).run(BY_SCHEDULER);
    await other;
    expect(first).toMatchObject({ status: 'failed', run: { reason: 'It lost its lease.' } });
    // The step that was under way is whole; what it was to be followed by is not.
    expect(world.steps).toHaveLength(1);
    expect([...billedIn(world), ...billedIn(next)].sort()).toHaveLength(3);
    const { rows } = await pool.query(`select watermark from billing_lease`);
    expect(rows).toEqual([{ watermark: new Date('2027-06-09T00:00:00Z') }]);
  });

  it('of which one is stopped with its server: it ends before the next step, and says so', async () => {
    const world = createBillingWorld(pool);
    for (const day of ['06-01', '06-02', '06-03']) await dueAccount(pool, day);
    const runs = billingRunsOf(world, { concurrency: 1 });
    let closing: Promise<void> | undefined;
    world.onBill = () => void (closing ??= runs.close());
    const { run } = await runs.start(BY_SCHEDULER);
    while (!closing) await new Promise((resolve) => setTimeout(resolve, 5));
    await closing;
    expect(await runs.get(run.id)).toMatchObject({
      status: 'stopped',
      reason: 'Its server was stopped; the next run goes on.',
    });
    expect(world.steps).toHaveLength(1);
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).run).toMatchObject({ invoiced: 2 });
  });

  it('leave a lease that is renewed while a step takes long', async () => {
    const world = createBillingWorld(pool);
    await dueAccount(pool, '06-01');
    world.onBill = () => new Promise((resolve) => setTimeout(resolve, 900));
    const slow = billingRunsOf(world, { leaseMs: 300 }).run(BY_SCHEDULER);
    await new Promise((resolve) => setTimeout(resolve, 600));
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).status).toBe('busy');
    expect((await slow).status).toBe('done');
  });
});
