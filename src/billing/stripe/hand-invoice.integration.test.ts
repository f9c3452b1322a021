import { tellStripeOfCorrection } from '@/billing/stripe/correction-store';
import { retryRefused } from '@/billing/stripe/effect-store';
import { inTransaction } from '@/db';
import { finalizeInvoice, insertInvoice } from '@/testing/invoice-builder';
import { stripeLinkTo } from '@/testing/stripe-link-to';
import { startStripePeer, type StripePeer } from '@/testing/stripe-peer/start-stripe-peer';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';

let database: TestDatabase;
let peer: StripePeer;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  peer = await startStripePeer({ now: () => new Date('2026-02-01T02:00:00Z') });
});
afterEach(() => peer.close());

const at = new Date('2026-02-01T02:00:00Z');
const link = () => stripeLinkTo(peer, database.pool);

async function issued(amounts: number[], collection: 'stripe_invoice' | 'stripe_subscription' = 'stripe_invoice') {
  const organizationId = (await createOrganization(database.pool)).id;
  const lines = amounts.map((amount_minor) => ({ amount_minor, exact_amount: String(amount_minor / 100) }));
  const { id, lineIds } = await insertInvoice(database.pool, { organizationId, lines, collection });
  const number = await finalizeInvoice(database.pool, id);
  return { organizationId, id, lineIds, number };
}

async function invoiceRow(id: string) {
  const { rows } = await database.pool.query<Record<string, unknown>>('select * from invoices where id = $1', [id]);
  return rows[0]!;
}

const theirs = () => peer.world.invoices.all();

describe('an issued invoice', () => {
  it('becomes one of Stripe, with our number, an item per line and a page to pay it on', async () => {
    const { organizationId, id, lineIds, number } = await issued([1900, 102, -50]);
    expect(await link().handToStripe(organizationId, at)).toBe(1);
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    expect(theirs()).toMatchObject([
      { number, total: 1952, status: 'open', collection_method: 'send_invoice', metadata: { tollgate_invoice: id } },
    ]);
    const items = peer.world.invoiceItems.all();
    expect(items.map(({ amount, metadata }) => [amount, metadata?.['tollgate_line']])).toEqual(
      [1900, 102, -50].map((amount, place) => [amount, lineIds[place]]),
    );
    // The last second of January belongs to it.
    expect(items[0]).toMatchObject({
      period: { start: Date.parse('2026-01-01') / 1000, end: Date.parse('2026-02-01') / 1000 - 1 },
      metadata: { tollgate_evidence: `http://127.0.0.1:3000/api/v1/invoices/${id}/lines/${lineIds[0]}/events` },
    });
    expect(await invoiceRow(id)).toMatchObject({
      status: 'sent',
      stripe_invoice_id: theirs()[0]!.id,
      payment_url: theirs()[0]!.hosted_invoice_url,
    });
  });

  it('is charged at once where it is known what pays', async () => {
    const { organizationId } = await issued([1900]);
    await link().customers.ensure(organizationId);
    await database.pool.query(`update stripe_customers set payment_method = '{}' where organization_id = $1`, [
      organizationId,
    ]);
    await link().handToStripe(organizationId, at);
    expect(theirs()).toMatchObject([{ collection_method: 'charge_automatically', due_date: null }]);
  });

  it('of more lines than Stripe takes has an item per metric there', async () => {
    const { organizationId } = await issued(Array.from({ length: 251 }, (_, place) => place));
    await link().handToStripe(organizationId, at);
    expect(peer.world.invoiceItems.all()).toMatchObject([{ amount: (250 * 251) / 2 }]);
  });

  it('that Stripe refuses says so, and is sent once an admin has it tried again', async () => {
    // More than eight digits.
    const { organizationId, id } = await issued([100_000_000]);
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    expect(await invoiceRow(id)).toMatchObject({
      status: 'finalized',
      attention: expect.stringContaining('Amount') as string,
    });
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    // Stripe takes it after all.
    peer.world.customers.all()[0]!.balance = -1_000_000;
    expect(await inTransaction(database.pool, (client) => retryRefused(client, id))).toBe(1);
    expect(await link().handToStripe(organizationId, at)).toBe(1);
    expect(await invoiceRow(id)).toMatchObject({ status: 'sent', attention: null });
    expect(theirs()).toHaveLength(1);
  });

  it('is not made final where somebody put something else on it', async () => {
    const { organizationId, id } = await issued([1900]);
    const sdk = peer.connectInProcess();
    peer.faults.next('error_before', ({ path }) => path.endsWith('/finalize'));
    for (let tries = 0; tries < 5; tries++) peer.faults.next('error_before', ({ path }) => path.endsWith('/finalize'));
    await expect(link().handToStripe(organizationId, at)).rejects.toMatchObject({ code: 'unavailable' });
    const [draft] = theirs();
    await sdk.invoiceItems.create({
      customer: draft!.customer as string,
      invoice: draft!.id,
      amount: 1,
      currency: 'usd',
    });
    peer.faults.clear();
    peer.advance(60_000);
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    expect(theirs()).toMatchObject([{ status: 'draft' }]);
    expect(await invoiceRow(id)).toMatchObject({
      attention: expect.stringContaining('expected 1900, received 1901') as string,
    });
  });
});

describe('the invoice of an organization that is subscribed at Stripe', () => {
  async function subscribed(amounts: number[]) {
    const made = await issued(amounts, 'stripe_subscription');
    await link().customers.ensure(made.organizationId);
    const sdk = peer.connectInProcess();
    const product = await sdk.products.create({ name: 'Pro' });
    const recurring = { interval: 'month' as const };
    const price = await sdk.prices.create({ product: product.id, currency: 'usd', unit_amount: 2000, recurring });
    const customer = peer.world.customers.all()[0]!.id;
    const { id: subscription } = await sdk.subscriptions.create({ customer, items: [{ price: price.id }] });
    await database.pool.query(
      `update stripe_customers set subscription_id = $2, subscription_status = 'active' where organization_id = $1`,
      [made.organizationId, subscription],
    );
    return { ...made, subscription };
  }

  it('goes with the next one of the subscription, however long that takes', async () => {
    const { organizationId, id, subscription } = await subscribed([700, 300]);
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    peer.advanceToNextCycle(subscription);
    expect(await link().handToStripe(organizationId, at)).toBe(1);
    expect(theirs().at(-1)).toMatchObject({ total: 3000, status: 'open', billing_reason: 'subscription_cycle' });
    expect(await invoiceRow(id)).toMatchObject({ status: 'sent', stripe_invoice_id: theirs().at(-1)!.id });
  });

  it('whose draft is closed half-way goes on with the next draft, nothing missing and nothing double', async () => {
    const { organizationId, subscription } = await subscribed([700, 300]);
    peer.advanceToNextCycle(subscription);
    let items = 0;
    peer.faults.decide = ({ method, path }) =>
      method === 'POST' && path === '/v1/invoiceitems' && (items += 1) > 1 ? 'error_before' : null;
    await expect(link().handToStripe(organizationId, at)).rejects.toMatchObject({ code: 'unavailable' });
    peer.faults.clear();
    // Beyond the time for which the draft is held.
    peer.advance(80 * 3_600_000);
    expect(theirs().at(-1)).toMatchObject({ total: 2700, status: 'paid' });
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    peer.advanceToNextCycle(subscription);
    expect(await link().handToStripe(organizationId, at)).toBe(1);
    expect(theirs().at(-1)).toMatchObject({ total: 2300, status: 'open' });
  });

  it('gets one of its own where the subscription ends before', async () => {
    const { organizationId, number, subscription } = await subscribed([700, 300]);
    expect(await link().handToStripe(organizationId, at)).toBe(0);
    peer.cancelInPortal(subscription, 'now');
    await database.pool.query(
      `update stripe_customers set subscription_status = 'canceled' where organization_id = $1`,
      [organizationId],
    );
    expect(await link().handToStripe(organizationId, at)).toBe(1);
    expect(theirs().at(-1)).toMatchObject({ total: 1000, number, parent: null });
  });
});

describe('a correction', () => {
  async function credited(invoice: { organizationId: string; id: string }, amountMinor: number, voids: boolean) {
    await inTransaction(database.pool, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        `insert into credit_notes (organization_id, invoice_id, sequence, number, amount_minor, reason, voids, created_by, created_at)
         select $1, $2, count(*) + 1, gen_random_uuid()::text, $3, 'Agreed', $4, 'user:1', now() from credit_notes where organization_id = $1 returning id`,
        [invoice.organizationId, invoice.id, amountMinor, voids],
      );
      const { organizationId, id: invoiceId } = invoice;
      await tellStripeOfCorrection(client, { organizationId, invoiceId, id: rows[0]!.id, amountMinor, voids, at });
    });
  }
  const hand = () =>
    link().handCorrections(
      () => undefined,
      async (_, error) => {
        throw error;
      },
    );

  it('takes its amount off what is due at Stripe, once, also where answers are lost for days', async () => {
    const invoice = await issued([1900]);
    await link().handToStripe(invoice.organizationId, at);
    await credited(invoice, 400, false);
    for (let times = 0; times < 4; times++) peer.faults.next('error_after', 'POST /v1/credit_notes');
    for (let days = 0; days < 5; days++) {
      await link().handCorrections(
        () => undefined,
        async () => undefined,
      );
      peer.advance(25 * 3_600_000);
    }
    expect(peer.world.creditNotes.all()).toMatchObject([{ amount: 400, pre_payment_amount: 400 }]);
    expect(theirs()).toMatchObject([{ amount_remaining: 1500 }]);
  });

  it('of what was paid is refunded', async () => {
    const invoice = await issued([1900]);
    await link().handToStripe(invoice.organizationId, at);
    peer.attemptPayment(theirs()[0]!.id);
    await credited(invoice, 400, false);
    expect(await hand()).toBe(1);
    expect(peer.world.creditNotes.all()).toMatchObject([
      { post_payment_amount: 400, refunds: [{ amount_refunded: 400 }] },
    ]);
  });

  it('that voids the invoice voids that of Stripe too', async () => {
    const invoice = await issued([1900]);
    await link().handToStripe(invoice.organizationId, at);
    await credited(invoice, 1900, true);
    expect(await hand()).toBe(1);
    expect(theirs()).toMatchObject([{ status: 'void' }]);
  });

  it('that voids what was paid there meanwhile pays all of it back, once', async () => {
    const invoice = await issued([1900]);
    await link().handToStripe(invoice.organizationId, at);
    await credited(invoice, 1900, true);
    peer.attemptPayment(theirs()[0]!.id);
    peer.faults.next('error_after', 'POST /v1/credit_notes');
    expect(await hand()).toBe(1);
    expect(theirs()).toMatchObject([{ status: 'paid', post_payment_credit_notes_amount: 1900 }]);
    const { id } = peer.world.creditNotes.all()[0]!;
    const { rows } = await database.pool.query(
      `select stripe_credit_note_id as id from credit_notes where invoice_id = $1`,
      [invoice.id],
    );
    expect([peer.world.creditNotes.all().length, rows]).toEqual([1, [{ id }]]);
  });

  it('that voids it before Stripe was told ends the telling', async () => {
    const invoice = await issued([1900]);
    await credited(invoice, 1900, true);
    await database.pool.query(
      `update invoices set status = 'void', voided_at = now(), credited_minor = total_minor where id = $1`,
      [invoice.id],
    );
    expect(await link().handToStripe(invoice.organizationId, at)).toBe(0);
    expect(await hand()).toBe(1);
    expect(theirs()).toEqual([]);
  });
});
