import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type Pool } from 'pg';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { ADMIN_ID, dunningWorld } from '@/testing/issued-invoices';
import { type CreditableLine, shareCredit } from './share-credit';

let database: TestDatabase;
let pool: Pool;
let world: ReturnType<typeof dunningWorld>;
let organizationId: string;
beforeAll(async () => {
  database = await createTestDatabase({ connections: 20 });
  ({ pool } = database);
  world = dunningWorld(pool);
});
beforeEach(async () => {
  ({ id: organizationId } = await world.organization());
});
afterAll(() => database.drop());

const credit = (invoice: string, amount: string, lines?: string[]) =>
  world.creditNotes.credit(invoice, ADMIN_ID, { amount, reason: 'Outage', ...(lines && { lines }) });
const creditedOf = async (invoice: string) =>
  Number(
    (await pool.query<{ n: string }>('select credited_minor as n from invoices where id = $1', [invoice])).rows[0]!.n,
  );

describe('a credit note', () => {
  it('takes an amount off, shared over the lines by what is left of them, and has a number of its own series', async () => {
    const invoice = await world.invoice(organizationId, [3_000, 1_000, -500], { status: 'paid' });
    const first = await credit(invoice, '10.00');
    expect(first).toMatchObject({ amount: '10.00', voids: false, created_by: `user:${ADMIN_ID}` });
    expect(first.lines.map(({ amount_minor }) => amount_minor)).toEqual([750, 250]);
    const second = await credit(invoice, '5.00', [first.lines[1]!.line_id]);
    expect(second.lines).toEqual([{ line_id: first.lines[1]!.line_id, amount_minor: 500 }]);
    expect([first, second].map(({ number }) => number.slice(8))).toEqual(['-CN-0001', '-CN-0002']);
    expect([await creditedOf(invoice), await world.statusOf(invoice)]).toEqual([1_500, 'paid']);
    const rest = await credit(invoice, '20.00');
    expect([rest.lines.map(({ amount_minor }) => amount_minor), rest.voids]).toEqual([[2_250, 250, -500], false]);
    expect(await world.actions(organizationId)).toEqual(Array(3).fill('invoice.credited'));
  });

  it.each([
    ['49.01', 'invalid_request'],
    ['0', 'invalid_request'],
    ['0.001', 'invalid_request'],
    ['999999999999.99', 'invalid_request'],
  ])('over %s of 49.00 is refused, and leaves no gap in the numbers', async (amount, code) => {
    const invoice = await world.invoice(organizationId);
    await expect(credit(invoice, amount)).rejects.toMatchObject({ code, issues: [{ field: 'amount' }] });
    expect((await credit(invoice, '1.00')).number).toMatch(/-CN-0001$/);
  });

  it('is for what was handed over, and names lines of its invoice', async () => {
    for (const status of ['draft', 'finalized']) {
      const invoice = await world.invoice(organizationId, [100], { status });
      await expect(credit(invoice, '1.00')).rejects.toMatchObject({ code: 'conflict' });
    }
    const refused = credit(await world.invoice(organizationId), '1.00', [randomUUID()]);
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request', issues: [{ field: 'lines.0' }] });
    await expect(credit(randomUUID(), '1.00')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of many at once never takes off more than there is, and their numbers have no gaps', async () => {
    const invoice = await world.invoice(organizationId, [1_000, 2_000], { status: 'paid' });
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => credit(invoice, '7.00')));
    const written = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.number] : []));
    expect([written.length, await creditedOf(invoice)]).toEqual([4, 2_800]);
    expect(written.map((number) => number.slice(-4)).sort()).toEqual(['0001', '0002', '0003', '0004']);
  });

  it('over all that is left of what nobody paid makes it void', async () => {
    const invoice = await world.invoice(organizationId);
    expect((await credit(invoice, '40.00')).voids).toBe(false);
    expect((await credit(invoice, '9.00')).voids).toBe(true);
    expect(await world.statusOf(invoice)).toBe('void');
    await expect(credit(invoice, '0.01')).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('voiding', () => {
  it('credits what is left, once, of what is not paid', async () => {
    const invoice = await world.invoice(organizationId, [4_900, -400]);
    await credit(invoice, '5.00');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => world.creditNotes.void(invoice, ADMIN_ID, 'Wrong customer')),
    );
    const written = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
    expect(written).toMatchObject([
      { amount: '40.00', voids: true, lines: [{ amount_minor: 4_400 }, { amount_minor: -400 }] },
    ]);
    expect([await world.statusOf(invoice), await creditedOf(invoice)]).toEqual(['void', 4_500]);
    expect((await world.actions(organizationId)).at(-1)).toBe('invoice.voided');
    for (const status of ['draft', 'paid']) {
      const other = await world.invoice(organizationId, [100], { status });
      await expect(world.creditNotes.void(other, ADMIN_ID, 'x')).rejects.toMatchObject({ code: 'conflict' });
    }
  });
});

describe('what a credit is shared out to', () => {
  it('adds up to it, and takes no more off a line than is left of it', () => {
    const lines = fc.array(fc.integer({ min: -5_000, max: 5_000 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 40_000 }), (lefts, wanted) => {
        const sum = lefts.reduce((total, left) => total + left, 0);
        fc.pre(sum > 0);
        const amount = Math.min(wanted, sum);
        const of: CreditableLine[] = lefts.map((leftMinor, n) => ({ id: `line ${n}`, leftMinor }));
        const shares = shareCredit(amount, of, null);
        expect(shares.reduce((total, { amountMinor }) => total + amountMinor, 0)).toBe(amount);
        for (const { lineId, amountMinor } of shares) {
          const { leftMinor } = of.find(({ id }) => id === lineId)!;
          expect(Math.abs(amountMinor)).toBeLessThanOrEqual(Math.abs(leftMinor));
        }
      }),
    );
  });
});
