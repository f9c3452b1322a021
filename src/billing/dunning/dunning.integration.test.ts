import { type Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { ADMIN_ID, dunningWorld } from '@/testing/issued-invoices';

const BY = { actor: { kind: 'user', id: ADMIN_ID }, reason: 'By transfer' } as const;
const PERSON = { kind: 'user', id: ADMIN_ID } as const;

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
});
afterAll(() => database.drop());

describe('a payment that failed', () => {
  it('is told at once, takes the plan away after seven days and not before, and gives it back when it is paid', async () => {
    const world = dunningWorld(pool);
    const { id, owner } = await world.organization();
    const invoice = await world.invoice(id, [4_900], { collection: 'stripe_invoice' });
    world.passDays(1);
    expect(await world.dunning.markFailed(invoice, world.time.now)).toBe(true);
    expect([await world.statusOf(invoice), (await world.mailsTo(owner)).length]).toEqual(['payment_failed', 1]);
    expect((await world.mailsTo(owner))[0]).toMatch(/^The payment of invoice .* failed$/);

    world.passDays(6.999);
    await world.enforce();
    expect(await world.plan(id)).toBe('pro');
    world.passDays(0.001);
    await world.enforce();
    await world.enforce();
    expect([await world.plan(id), (await world.mailsTo(owner)).length]).toEqual(['free', 2]);
    const upgrade = world.subscriptions.changePlan(id, PERSON, 'business');
    await expect(upgrade).rejects.toMatchObject({ code: 'payment_required' });

    world.passDays(3);
    expect(await world.dunning.markPaid(invoice, world.time.now)).toBe(true);
    expect([await world.plan(id), await world.statusOf(invoice)]).toEqual(['pro', 'paid']);
    expect(await world.mailsTo(owner)).toEqual([
      expect.stringContaining('failed'),
      'Your organization has the limits of the free plan',
      'Your organization is on the Pro plan again',
    ]);
    expect(await world.actions(id)).toEqual([
      'invoice.payment_failed',
      'subscription.restricted',
      'invoice.paid',
      'subscription.restored',
    ]);
    world.passDays(30);
    await world.enforce();
    expect(await world.plan(id)).toBe('pro');
  });

  it('of several keeps the plan away until the last is paid or voided, and counts from the first', async () => {
    const world = dunningWorld(pool);
    const { id } = await world.organization();
    const [a, b] = [await world.invoice(id), await world.invoice(id)];
    await world.dunning.markFailed(a, world.time.now);
    world.passDays(5);
    await world.dunning.markFailed(b, world.time.now);
    world.passDays(2);
    await world.enforce();
    expect(await world.plan(id)).toBe('free');
    world.passDays(1);
    await world.dunning.markPaid(a, world.time.now);
    expect(await world.plan(id)).toBe('free');
    await world.creditNotes.void(b, ADMIN_ID, 'Goodwill');
    expect([await world.plan(id), await world.statusOf(b)]).toEqual(['pro', 'void']);
  });

  it('that is told in any order and more than once comes to the same', async () => {
    const world = dunningWorld(pool);
    const { id, owner } = await world.organization();
    const paidFirst = await world.invoice(id);
    const news = [
      await world.dunning.markPaid(paidFirst, world.time.now),
      await world.dunning.markFailed(paidFirst, world.time.now),
      await world.dunning.markPaid(paidFirst, world.time.now),
    ];
    expect([news, await world.mailsTo(owner)]).toEqual([[true, false, false], []]);

    const twice = await world.invoice(id);
    const marks = Array.from({ length: 4 }, () => world.dunning.markFailed(twice, world.time.now));
    expect((await Promise.all(marks)).filter(Boolean)).toHaveLength(1);
    expect(await world.mailsTo(owner)).toHaveLength(1);
    const paid = Array.from({ length: 4 }, () => world.dunning.markPaid(twice, world.time.now));
    expect((await Promise.all(paid)).filter(Boolean)).toHaveLength(1);

    const voided = await world.invoice(id);
    await world.creditNotes.void(voided, ADMIN_ID, 'Mistake');
    expect(await world.dunning.markPaid(voided, world.time.now)).toBe(false);
    const { rows } = await pool.query<{ attention: string }>('select attention from invoices where id = $1', [voided]);
    expect(rows[0]!.attention).toContain('although it was voided');
    const draft = await world.invoice(id, [1], { status: 'draft' });
    await expect(world.dunning.markFailed(draft, world.time.now)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('paid in the moment in which the plan is taken away leaves the plan', async () => {
    const world = dunningWorld(pool, { dunningDays: 0 });
    for (let n = 0; n < 5; n++) {
      const { id } = await world.organization();
      const invoice = await world.invoice(id);
      await world.dunning.markFailed(invoice, world.time.now);
      world.passDays(0.01);
      const [failures] = await Promise.all([world.enforce(), world.dunning.markPaid(invoice, world.time.now)]);
      expect([failures, await world.plan(id)]).toEqual([[], 'pro']);
    }
  });
});

describe('an invoice that is paid outside of Stripe', () => {
  it('has failed once it is overdue, and is marked paid once, with who said so and why', async () => {
    const world = dunningWorld(pool);
    const { id, owner } = await world.organization();
    const manual = await world.invoice(id);
    const byStripe = await world.invoice(id, [100], { collection: 'stripe_invoice' });
    world.passDays(14);
    await world.enforce();
    expect(await world.statusOf(manual)).toBe('sent');
    world.passDays(0.001);
    await world.enforce();
    expect([await world.statusOf(manual), await world.statusOf(byStripe)]).toEqual(['payment_failed', 'sent']);
    expect(await world.mailsTo(owner)).toHaveLength(1);
    const marks = Array.from({ length: 3 }, () => world.dunning.markPaid(manual, world.time.now, BY));
    expect((await Promise.all(marks)).filter(Boolean)).toHaveLength(1);
    const { rows } = await pool.query<{ details: { reason: string }; actor_id: string }>(
      `select details, actor_id from audit_log where organization_id = $1 and action = 'invoice.paid'`,
      [id],
    );
    expect(rows).toMatchObject([{ actor_id: ADMIN_ID, details: { reason: 'By transfer' } }]);
    const refused = world.dunning.markPaid(byStripe, world.time.now, BY);
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is taken up although another one cannot be', async () => {
    const world = dunningWorld(pool, { dunningDays: 1 });
    const [bad, good] = [await world.organization(), await world.organization()];
    await pool.query(`update organization_members set email = 'no address' where organization_id = $1`, [bad.id]);
    await world.invoice(bad.id);
    const invoice = await world.invoice(good.id);
    world.passDays(15);
    expect(await world.enforce()).toEqual([expect.stringContaining(bad.id)]);
    expect(await world.statusOf(invoice)).toBe('payment_failed');
  });
});
