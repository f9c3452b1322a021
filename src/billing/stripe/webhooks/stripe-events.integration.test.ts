import { type Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createStripeEvents, type EventHandler } from './stripe-events';

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
});
beforeEach(() => pool.query('delete from stripe_events'));
afterAll(() => database.drop());

const body = (id: string, type = 'invoice.paid') =>
  JSON.stringify({
    id,
    object: 'event',
    type,
    created: 1_700_000_000,
    data: { object: { id: 'in_1', customer: 'cus_1' } },
  });
const events = (handler?: EventHandler) =>
  createStripeEvents({ pool, handlerOf: () => handler, warn: () => undefined });
async function row(id: string) {
  const { rows } = await pool.query<Record<string, unknown>>('select * from stripe_events where id = $1', [id]);
  return rows[0];
}
/** As if so many minutes had gone by. */
const pass = (minutes: number) =>
  pool.query(`update stripe_events set claimed_until = claimed_until - make_interval(mins => $1)`, [minutes]);
/** A handler whose process dies in the middle. */
const dies: EventHandler = () => new Promise(() => undefined);

describe('an event from Stripe', () => {
  it('is recorded before anything is done, and done once, however often it comes', async () => {
    const seen: unknown[] = [];
    const process = events(async (event) => {
      seen.push(event, (await row(event.id))?.state);
      return 'paid';
    });
    expect(await process.receive(body('evt_1'))).toEqual({ status: 'done' });
    expect(await process.receive(body('evt_1'))).toEqual({ status: 'duplicate' });
    const about = { id: 'evt_1', type: 'invoice.paid', objectId: 'in_1', customerId: 'cus_1' };
    expect(seen).toEqual([expect.objectContaining(about), 'processing']);
    expect(await row('evt_1')).toMatchObject({ state: 'done', attempts: 1, outcome: 'paid', last_error: null });
  });

  it('that comes to several processes at once is done by one of them', async () => {
    let times = 0;
    const handler: EventHandler = async () => {
      times += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return 'done';
    };
    const answers = await Promise.all(Array.from({ length: 6 }, () => events(handler).receive(body('evt_2'))));
    expect(times).toBe(1);
    expect(answers.filter(({ status }) => status === 'done')).toHaveLength(1);
  });

  it('that cannot be processed is answered with 503, and done when it comes again', async () => {
    await expect(events(() => Promise.reject(new Error('away'))).receive(body('evt_3'))).rejects.toMatchObject({
      code: 'unavailable',
    });
    expect(await row('evt_3')).toMatchObject({ state: 'failed', last_error: 'away', attempts: 1 });
    expect(await events(async () => 'done').receive(body('evt_3'))).toEqual({ status: 'done' });
    expect(await row('evt_3')).toMatchObject({ state: 'done', attempts: 2, last_error: null });
  });

  it('whose process dies is taken up again by the scheduler, and by the next delivery, but not before its time is over', async () => {
    void events(dies).receive(body('evt_4'));
    void events(dies).receive(body('evt_5'));
    while ((await pool.query(`select from stripe_events where state = 'processing'`)).rowCount !== 2);
    const next = events(async () => 'done');
    expect(await next.receive(body('evt_4'))).toEqual({ status: 'processing' });
    expect(await next.retry(10)).toEqual({ done: 0, failed: 0 });
    await pass(3);
    expect(await next.receive(body('evt_4'))).toEqual({ status: 'done' });
    expect(await next.retry(10)).toEqual({ done: 1, failed: 0 });
    expect([(await row('evt_4'))?.state, (await row('evt_5'))?.state]).toEqual(['done', 'done']);
  });

  it('recorded by a process that died right afterwards is taken up by the scheduler', async () => {
    await pool.query(`insert into stripe_events (id, type, created_at) values ('evt_6', 'invoice.paid', now())`);
    expect(await events(async () => 'done').retry(10)).toEqual({ done: 1, failed: 0 });
  });

  it('of a process that was only slow says nothing once another took it over', async () => {
    let finish: (outcome: string) => void = () => undefined;
    const slow = events(() => new Promise((resolve) => (finish = resolve))).receive(body('evt_7'));
    while ((await row('evt_7'))?.state !== 'processing');
    await pass(3);
    await expect(events(() => Promise.reject(new Error('away'))).receive(body('evt_7'))).rejects.toThrow();
    finish('old news');
    await slow;
    expect(await row('evt_7')).toMatchObject({ state: 'failed', attempts: 2 });
  });

  it('that keeps failing is tried again ever more rarely, and in the end left to people', async () => {
    const failing = events(() => Promise.reject(new Error('away')));
    await expect(failing.receive(body('evt_8'))).rejects.toThrow();
    let tries = 1;
    for (; tries < 30; tries += 1) {
      expect(await failing.retry(10)).toEqual({ done: 0, failed: 0 });
      await pass(6 * 60 + 1);
      if ((await failing.retry(10)).failed === 0) break;
    }
    expect([tries, (await row('evt_8'))?.attempts]).toEqual([14, 14]);
  });

  it('of a type that is not used is recorded, and nothing follows', async () => {
    expect(await events().receive(body('evt_9', 'charge.succeeded'))).toEqual({ status: 'done' });
    expect(await row('evt_9')).toMatchObject({ state: 'done', outcome: 'not used' });
  });

  it('that carries no object, as those of the second API, is read as well', async () => {
    const thin = {
      id: 'evt_10',
      object: 'v2.core.event',
      type: 'v1.billing.meter.error_report_triggered',
      created: '2026-11-28T12:00:00.000Z',
      related_object: { id: 'mtr_1', type: 'billing.meter', url: '/v1/billing/meters/mtr_1' },
    };
    await events().receive(JSON.stringify(thin));
    expect(await row('evt_10')).toMatchObject({ object_id: 'mtr_1', customer_id: null });
  });

  it.each([
    ['no JSON', '{', 'invalid_json'],
    ['no event', '[]', 'invalid_request'],
    ['an id that is none', body('evil'), 'invalid_request'],
    ['no object', JSON.stringify({ id: 'evt_11', object: 'event', type: 'x', created: 1 }), 'invalid_request'],
  ])('that is %s is refused and not recorded', async (_what, given, code) => {
    await expect(events().receive(given)).rejects.toMatchObject({ code });
    expect((await pool.query('select from stripe_events')).rowCount).toBe(0);
  });

  it('is removed after ninety days', async () => {
    await events().receive(body('evt_12'));
    await events().receive(body('evt_13'));
    await pool.query(`update stripe_events set received_at = now() - interval '91 days' where id = 'evt_12'`);
    expect(await events().removeOld()).toBe(1);
    expect([await row('evt_12'), (await row('evt_13'))?.id]).toEqual([undefined, 'evt_13']);
  });
});
