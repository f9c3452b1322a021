import { type Pool } from 'pg';
import { inTransaction } from '@/db';
import { createNotifier } from '@/notifications';
import { addMember } from '@/testing/builders';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createReportSchedules, createReportStore, createScheduleStore } from '../index';
import { reportRow } from './report-rows';
import { createReportScheduleInput } from './schedule-contracts';

let database: TestDatabase;
let pool: Pool;
let id: string;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = database.pool;
});
afterAll(() => database.drop());
beforeEach(async () => {
  await pool.query('delete from report_schedules');
  await pool.query('delete from usage_reports');
  id = (await createOrganization(pool)).id;
});

const BY = 'user:test';
const input = (over: object = {}) =>
  createReportScheduleInput.parse({
    name: 'Weekly numbers',
    type: 'summary',
    format: 'pdf',
    every: 'week',
    day: 1,
    time_zone: 'Europe/Berlin',
    recipients: { roles: ['owner', 'admin'] },
    ...over,
  });

function schedulesAt(now: { at: string }, over: { mayReport?: () => Promise<boolean> } = {}) {
  const schedules = createReportSchedules({
    pool,
    store: createScheduleStore({ pool }),
    reports: createReportStore({ pool }),
    notifier: createNotifier({ pool, clock: { now: () => new Date(now.at) } }),
    mayReport: async () => true,
    clock: { now: () => new Date(now.at) },
    appUrl: 'https://usage.example.com',
    log: { error: () => undefined },
    ...over,
  });
  return { schedules };
}
const periods = async (): Promise<string[]> => {
  const { rows } = await pool.query<{ period_start: Date; period_end: Date }>(
    'select period_start, period_end from usage_reports order by period_end',
  );
  return rows.map(({ period_start, period_end }) =>
    [period_start, period_end].map((at) => at.toISOString().slice(0, 16)).join(' '),
  );
};

describe('a schedule of reports', () => {
  it('has one report queued of each period, by many at once, and of periods that were missed the newest', async () => {
    const now = { at: '2026-11-25T12:00:00Z' };
    const { schedules } = schedulesAt(now);
    const { next_at } = await schedules.create(id, BY, input());
    expect(next_at).toBe('2026-11-30T05:00:00.000Z');
    expect(await schedules.queueDue()).toBe(0);
    now.at = '2026-11-30T05:00:00Z';
    const queued = await Promise.all(Array.from({ length: 6 }, () => schedulesAt(now).schedules.queueDue()));
    expect(queued.reduce((sum, count) => sum + count)).toBe(1);
    expect(await periods()).toEqual(['2026-11-22T23:00 2026-11-29T23:00']);
    // Nobody was there for five weeks.
    now.at = '2027-01-06T12:00:00Z';
    expect([await schedules.queueDue(), await schedules.queueDue()]).toEqual([1, 0]);
    expect(await periods()).toEqual(['2026-11-22T23:00 2026-11-29T23:00', '2026-12-27T23:00 2027-01-03T23:00']);
    expect(await schedules.list(id)).toMatchObject([
      { next_at: '2027-01-11T05:00:00.000Z', last_period_end: '2027-01-03T23:00:00.000Z' },
    ]);
  });

  it('goes on without a report where the plan has none, and one that fails stops no other', async () => {
    const now = { at: '2026-11-25T12:00:00Z' };
    const { schedules } = schedulesAt(now, { mayReport: async () => false });
    await schedules.create(id, BY, input());
    now.at = '2026-12-01T00:00:00Z';
    expect(await schedules.queueDue()).toBe(0);
    expect(await periods()).toEqual([]);
    expect(await schedules.list(id)).toMatchObject([{ next_at: '2026-12-07T05:00:00.000Z' }]);

    const other = (await createOrganization(pool)).id;
    await schedules.create(other, BY, input());
    now.at = '2026-12-08T00:00:00Z';
    let calls = 0;
    const failing = schedulesAt(now, {
      mayReport: () => (++calls === 1 ? Promise.reject(new Error('not now')) : Promise.resolve(true)),
    });
    expect(await failing.schedules.queueDue()).toBe(1);
    expect(await schedulesAt(now).schedules.queueDue()).toBe(1);
    expect(await periods()).toHaveLength(2);
  });

  it('tells members that it named, by a link and once, and nobody else', async () => {
    const now = { at: '2026-11-25T12:00:00Z' };
    const { schedules } = schedulesAt(now);
    const admin = await addMember(pool, id, { role: 'admin', email: 'admin@example.com' });
    await addMember(pool, id, { role: 'member', email: 'member@example.com' });
    await schedules.create(id, BY, input());
    await schedules.create(
      id,
      BY,
      input({ recipients: { addresses: ['Member@example.com', 'stranger@example.com'] } }),
    );
    now.at = '2026-11-30T05:00:00Z';
    expect(await schedules.queueDue()).toBe(2);
    const { rows } = await pool.query<{ id: string }>('select * from usage_reports order by schedule_id');
    for (const row of [...rows, ...rows])
      await inTransaction(pool, (client) => schedules.tellReady(reportRow.parse(row), client));
    const { rows: sent } = await pool.query<{ recipient: string; body_text: string }>(
      'select recipient, body_text from outbox_messages order by recipient',
    );
    expect(sent.map(({ recipient }) => recipient)).toEqual([admin.email, 'member@example.com']);
    expect(sent[0]!.body_text).toContain('of 23 November 2026 to 29 November 2026 is ready');
    expect(sent[0]!.body_text).toContain('https://usage.example.com/reports');
    const { rows: notices } = await pool.query('select type, data from notices where organization_id = $1', [id]);
    expect(notices).toHaveLength(2);
    expect(notices).toContainEqual({
      type: 'report.ready',
      data: expect.objectContaining({ report_id: rows[0]!.id, format: 'pdf' }) as unknown,
    });
  });

  it('belongs to its organization, which has twenty at most, however many are added at once', async () => {
    const { schedules } = schedulesAt({ at: '2026-11-25T12:00:00Z' });
    const outcomes = await Promise.allSettled(Array.from({ length: 25 }, () => schedules.create(id, BY, input())));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    const [schedule] = await schedules.list(id);
    const other = (await createOrganization(pool)).id;
    await expect(schedules.remove(other, schedule!.id)).rejects.toMatchObject({ code: 'not_found' });
    await schedules.remove(id, schedule!.id);
    expect(await schedules.list(id)).toHaveLength(19);
    expect(createReportScheduleInput.safeParse({ ...input(), day: 8 }).success).toBe(false);
    expect(createReportScheduleInput.safeParse({ ...input(), time_zone: 'Mars/Base' }).success).toBe(false);
  });
});
