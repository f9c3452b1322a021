import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import {
  BILLING_NOW,
  billedIn,
  billingRunsOf,
  BY_SCHEDULER,
  createBillingWorld,
  dueAccount,
} from '@/testing/billing-run-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { takeBillingLease } from './billing-lease';
import {
  billingRunDetail,
  billingRunInput,
  billingRunList,
  billingRunListQuery,
  billingRunQuery,
  billingRunSummary,
} from './run-views';

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

describe('a run of billing', () => {
  it('bills every period that is over with its grace, in order, then finalizes and hands over, and nothing else', async () => {
    const world = createBillingWorld(pool);
    const [late, due, open] = [
      await dueAccount(pool, '04-01'),
      await dueAccount(pool, '06-10'),
      await dueAccount(pool, '06-11'),
    ];
    const { status, run } = await billingRunsOf(world, { concurrency: 1 }).run(BY_SCHEDULER);
    expect(world.steps).toEqual([
      `bill ${late} 2027-03-01`,
      `bill ${late} 2027-04-01`,
      `bill ${late} 2027-05-01`,
      `finalize ${late}`,
      `hand over ${late}`,
      `bill ${due} 2027-05-10`,
      `finalize ${due}`,
      `hand over ${due}`,
    ]);
    expect(world.steps.join()).not.toContain(open);
    expect([status, run]).toMatchObject([
      'done',
      {
        due: 2,
        processed: 2,
        invoiced: 4,
        skipped: 0,
        failed: 0,
        amounts: { USD: '50.00' },
        started_by: 'scheduler',
        at: BILLING_NOW.toISOString(),
        failures: [],
      },
    ]);
  });

  it('for a moment that was missed bills what was over by then; one that has not come is refused', async () => {
    const world = createBillingWorld(pool);
    const id = await dueAccount(pool, '03-10');
    const runs = billingRunsOf(world);
    await runs.run({ ...BY_SCHEDULER, at: new Date('2027-04-30T00:00:00Z') });
    expect(billedIn(world)).toEqual([`bill ${id} 2027-02-10`, `bill ${id} 2027-03-10`]);
    await runs.run(BY_SCHEDULER);
    expect(billedIn(world)).toHaveLength(4);
    expect(await runs.list({ limit: 5 })).toMatchObject({ billed_up_to: BILLING_NOW.toISOString() });
    const future = runs.run({ ...BY_SCHEDULER, at: new Date(BILLING_NOW.getTime() + 1) });
    await expect(future).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'at' }] });
  });

  it('notes what fails in one organization, bills all others, and tries again later and later', async () => {
    const world = createBillingWorld(pool);
    const [bad, ...good] = [
      await dueAccount(pool, '06-01'),
      await dueAccount(pool, '06-02'),
      await dueAccount(pool, '06-03'),
    ];
    let fails = true;
    world.onBill = (id) => {
      if (fails && id === bad) throw new Error('no price\nfor it');
    };
    const runs = billingRunsOf(world);
    const first = await runs.run(BY_SCHEDULER);
    expect(first).toMatchObject({
      status: 'done',
      run: { processed: 3, failed: 1, invoiced: 2, failures: [{ organization_id: bad, reason: 'no price for it' }] },
    });
    expect(billedIn(world).sort()).toEqual(good.map((id, n) => `bill ${id} 2027-05-0${n + 2}`).sort());

    const waits = [];
    for (const _ of [1, 2, 3]) {
      const { rows } = await pool.query<{ retry_at: Date; attempts: number; last_error: string }>(
        'select retry_at, attempts, last_error from billing_accounts where organization_id = $1',
        [bad],
      );
      const { retry_at, ...rest } = rows[0]!;
      waits.push([(retry_at.getTime() - world.now.getTime()) / 60_000, rest.attempts]);
      world.now = new Date(retry_at.getTime() - 1);
      expect((await runs.run(BY_SCHEDULER)).run).toMatchObject({ due: 0, failed: 0 });
      world.now = retry_at;
      expect((await runs.run(BY_SCHEDULER)).run).toMatchObject({ due: 1, failed: 1 });
    }
    expect(waits).toEqual([
      [5, 1],
      [10, 2],
      [20, 3],
    ]);

    fails = false;
    world.now = new Date(world.now.getTime() + 43_200_000);
    expect((await runs.run(BY_SCHEDULER)).run).toMatchObject({ due: 1, failed: 0, invoiced: 1 });
    const { rows } = await pool.query('select attempts, last_error from billing_accounts where organization_id = $1', [
      bad,
    ]);
    expect(rows).toEqual([{ attempts: 0, last_error: null }]);
  });

  it('takes up invoices that wait although no period is due', async () => {
    const world = createBillingWorld(pool);
    const id = await dueAccount(pool, '06-20');
    await pool.query(
      `insert into invoices (organization_id, kind, period_start, period_end, collection, currency, subtotal_minor, total_minor, drafted_at)
       values ($1, 'period', '2027-04-20', '2027-05-20', 'manual', 'USD', 100, 100, '2027-05-20')`,
      [id],
    );
    const { run } = await billingRunsOf(world).run(BY_SCHEDULER);
    expect(world.steps).toEqual([`finalize ${id}`, `hand over ${id}`]);
    expect(run).toMatchObject({ due: 1, processed: 1, invoiced: 0 });
    await pool.query('alter table invoices disable trigger guard_invoice');
    await pool.query('delete from invoices');
    await pool.query('alter table invoices enable trigger guard_invoice');
  });

  it('stops before its time is over, and the next one goes on', async () => {
    const world = createBillingWorld(pool);
    for (const day of ['06-01', '06-02', '06-03', '06-04']) await dueAccount(pool, day);
    world.onBill = () => {
      world.elapsedMs += 600;
    };
    const runs = billingRunsOf(world, { budgetMs: 1_000, concurrency: 1 });
    const first = await runs.run(BY_SCHEDULER);
    expect(first).toMatchObject({ status: 'stopped', run: { reason: 'Its time was over; the next run goes on.' } });
    expect(billedIn(world)).toHaveLength(2);
    expect(await runs.list({ limit: 1 })).toMatchObject({ billed_up_to: null });
    const later = [await runs.run(BY_SCHEDULER), await runs.run(BY_SCHEDULER)].map(({ status }) => status);
    expect([billedIn(world).length, later.at(-1)]).toEqual([4, 'done']);
  });

  it('without writing prices the next period of each, also while another run is at it', async () => {
    const world = createBillingWorld(pool);
    const [a, b] = [await dueAccount(pool, '04-01'), await dueAccount(pool, '06-01')];
    const lease = await takeBillingLease({
      pool,
      holder: randomUUID(),
      leaseMs: 60_000,
      monotonicMs: () => performance.now(),
    });
    const { status, run } = await billingRunsOf(world).run({ dryRun: true, startedBy: 'user:x' });
    expect([status, run]).toMatchObject(['done', { dry_run: true, invoiced: 2, amounts: { USD: '25.00' } }]);
    expect(world.steps.sort()).toEqual([`bill ${a} 2027-03-01`, `bill ${b} 2027-05-01`].sort());
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).status).toBe('busy');
    await lease!.release();
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).run).toMatchObject({ invoiced: 4 });
  });

  it('tells failures of what comes after billing as those of an organization', async () => {
    const world = createBillingWorld(pool);
    const id = await dueAccount(pool, '07-01');
    world.afterBilling = (_at, _proceed, onFailure) => onFailure(id, new Error('mail is away'));
    expect((await billingRunsOf(world).run(BY_SCHEDULER)).run).toMatchObject({
      failed: 1,
      failures: [{ organization_id: id, reason: 'mail is away' }],
    });
  });
});

describe('what runs did', () => {
  it('is listed page by page, the newest first, and removed after 400 days', async () => {
    const runs = billingRunsOf(createBillingWorld(pool));
    const ids = [];
    for (let n = 0; n < 3; n++) ids.unshift((await runs.run(BY_SCHEDULER)).run!.id);
    const first = await runs.list({ limit: 2 });
    const second = await runs.list({ limit: 2, cursor: first.next_cursor! });
    expect([...first.data, ...second.data].map(({ id }) => id)).toEqual(ids);
    expect(second.next_cursor).toBeNull();
    await expect(runs.get(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await pool.query(`update billing_runs set started_at = now() - interval '401 days' where id = $1`, [ids[2]]);
    expect([await runs.removeOld(new Date()), (await runs.list({ limit: 9 })).data.length]).toEqual([1, 2]);
  });

  it('is what their documentation says', async () => {
    const world = createBillingWorld(pool);
    const bad = await dueAccount(pool, '06-01');
    await dueAccount(pool, '06-02');
    world.onBill = (id) => {
      if (id === bad) throw new Error('no');
    };
    const runs = billingRunsOf(world);
    const { at, dryRun } = billingRunQuery.parse({ at: '2027-06-09T02:00:00+02:00' });
    const summary = await runs.run({ at, dryRun, startedBy: 'scheduler' });
    expect(billingRunSummary.parse(summary)).toEqual(summary);
    expect(summary.run!.at).toBe('2027-06-09T00:00:00.000Z');
    const { run, done } = await runs.start({ startedBy: 'user:x', dryRun: billingRunInput.parse({}).dry_run });
    expect(billingRunDetail.parse(run)).toEqual(run);
    await done;
    const list = await runs.list(billingRunListQuery.parse({ limit: '1' }));
    expect(billingRunList.parse(list)).toEqual(list);
    expect(list.next_cursor).toBe(run.id);
  });
});
