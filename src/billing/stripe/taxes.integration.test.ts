import { type Pool } from 'pg';
import { extractText, getDocumentProxy } from 'unpdf';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { checkInvoice } from '../evidence/check-invoice';
import { invoicePdf } from '../invoices/invoice-pdf';
import { createInvoiceQueries } from '../invoices/invoice-queries';
import { retryRefused } from './effect-store';
import { reconcileStripe } from './reconcile/reconcile-stripe';

const HOUR_MS = 3_600_000;
const START = '2026-01-15T00:00:00Z';
const ADMIN = '00000000-0000-4000-8000-00000000000a';

let database: TestDatabase;
let pool: Pool;
let world: PayingWorld;
beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
  world = await startPayingWorld(pool, { automaticTax: true });
  world.peer.world.taxPercent = 19;
});
afterEach(async () => {
  await world.peer.close();
  await database.drop();
});

const hand = (id: string) => world.link.handToStripe(id, world.time.now);
const read = (organizationId: string, id: string) => createInvoiceQueries({ pool }).get(organizationId, id);
const theirs = () => world.peer.world.invoices.newestFirst()[0]!;
const differences = async () =>
  (await reconcileStripe({ pool, client: world.link.client, since: new Date(0) })).differences.map(
    ({ kind, about, detail }) => `${kind}: ${about.replace(/ \S+ \(\S+\)/, '')}: ${detail}`,
  );
const locate = (id: string, country = 'DE') =>
  pool.query('update billing_accounts set address = $2 where organization_id = $1', [id, { country }]);
async function located(): Promise<string> {
  const { id } = await world.organization();
  await locate(id);
  return id;
}

/** An invoice as billing makes it, of an organization that Stripe collects from. */
async function billed(): Promise<{ id: string; invoiceId: string }> {
  await pool.query(`select ensure_usage_partition(now()::date)`);
  const id = await createBilledOrganization(pool, START);
  await locate(id);
  await startPlan(pool, id, 'starter', new Date(START));
  await usageOn(pool)(id, '2026-01-20T10:00:00Z', { documents: 1_251, ai_tokens: 300_500 });
  const at = new Date('2026-02-15T02:00:00Z');
  const { invoiceId } = (await billingOn(pool).billNext(id, at))!;
  await pool.query(`update invoices set collection = 'stripe_invoice' where id = $1`, [invoiceId]);
  await billingOn(pool).finalizeDrafts(id, at);
  return { id, invoiceId: invoiceId! };
}

describe('taxes that Stripe computes', () => {
  it('come back to the invoice and its lines, onto its PDF, are paid with it, and reconcile', async () => {
    const { id, invoiceId } = await billed();
    const before = await read(id, invoiceId);
    expect(await hand(id)).toBe(1);
    const invoice = await read(id, invoiceId);
    const ofLines = invoice.lines.map(({ amount_minor: minor }) => Math.round(minor * 0.19));
    const tax = ofLines.reduce((sum, one) => sum + one, 0);
    expect(invoice.lines.length).toBeGreaterThan(1);
    expect(invoice).toMatchObject({
      subtotal_minor: before.subtotal_minor,
      tax_minor: tax,
      total_minor: before.subtotal_minor + tax,
    });
    // Shared out by largest remainder, so that each is within a cent of what Stripe says of it.
    expect(invoice.lines.reduce((sum, line) => sum + line.tax_minor, 0)).toBe(tax);
    for (const [place, line] of invoice.lines.entries()) {
      expect(Math.abs(line.tax_minor - ofLines[place]!)).toBeLessThanOrEqual(1);
    }
    expect(theirs()).toMatchObject({ status: 'open', total: invoice.total_minor, subtotal: invoice.subtotal_minor });
    expect(checkInvoice(invoice)).toEqual([]);
    const { file } = await invoicePdf(invoice, 'https://usage.example.com');
    const { text } = await extractText(await getDocumentProxy(new Uint8Array(file)), { mergePages: true });
    expect(text.replaceAll(/[\s,]+/g, ' ')).toContain(`Tax $${invoice.tax}`);
    expect(await differences()).toEqual([]);

    world.peer.attemptPayment(theirs().id);
    await world.peer.webhooks.settled();
    expect([await world.statusOf(invoiceId), theirs().amount_paid]).toEqual(['paid', invoice.total_minor]);
    await world.creditNotes.credit(invoiceId, ADMIN, { amount: invoice.total, reason: 'Goodwill' });
    await world.link.handCorrections(
      () => undefined,
      async (_, error) => {
        throw error;
      },
    );
    expect(await differences()).toEqual([]);
  });

  it('that are other ones at Stripe afterwards are a difference', async () => {
    const id = await located();
    await world.invoice(id, [1_003, 997], { status: 'finalized', collection: 'stripe_invoice' });
    await hand(id);
    expect(await differences()).toEqual([]);
    theirs().total_taxes![0]!.amount += 1;
    theirs().total += 1;
    expect(await differences()).toEqual(['amount: invoice taxes: 3.80 USD here, 3.81 USD at Stripe']);
  });

  it('take no negative amounts: then there is one item per metric, or one over all, and the total is the same', async () => {
    const id = await located();
    const ours = await world.invoice(id, [2_000, -300, 50], { status: 'finalized', collection: 'stripe_invoice' });
    expect(await hand(id)).toBe(1);
    expect(world.peer.world.invoiceItems.all().map(({ amount }) => amount)).toEqual([1_750]);
    const invoice = await read(id, ours);
    expect(invoice).toMatchObject({ tax_minor: 333, total_minor: 2_083 });
    expect(invoice.lines.map((line) => line.tax_minor).filter((tax) => tax < 0)).toEqual([]);
    expect(await differences()).toEqual([]);
    const sdk = world.peer.connectInProcess();
    const customer = theirs().customer as string;
    const draft = await sdk.invoices.create({ customer, currency: 'usd', automatic_tax: { enabled: true } });
    const item = { customer, invoice: draft.id, currency: 'usd', tax_behavior: 'exclusive' as const };
    await expect(sdk.invoiceItems.create({ ...item, amount: -1 })).rejects.toMatchObject({ param: 'amount' });
  });

  it('wait for an address, and are computed once there is one', async () => {
    const { id } = await world.organization();
    const ours = await world.invoice(id, [1_000], { status: 'finalized', collection: 'stripe_invoice' });
    expect(await hand(id)).toBe(0);
    expect(await read(id, ours)).toMatchObject({ tax_minor: 0, total_minor: 1_000 });
    const { rows } = await pool.query('select attention from invoices where id = $1', [ours]);
    expect(rows).toEqual([{ attention: expect.stringContaining('customer_tax_location_invalid') as string }]);
    await locate(id);
    const client = await pool.connect();
    await retryRefused(client, ours).finally(() => client.release());
    expect(await hand(id)).toBe(1);
    expect(await read(id, ours)).toMatchObject({ tax_minor: 190, total_minor: 1_190 });
    expect(await differences()).toEqual([]);
  });

  it('of lines on invoices of a subscription are those of our lines alone, also where these are on several', async () => {
    const id = await world.payer();
    await world.newPayments().checkout(id, 'pro');
    world.peer.completeCheckout(world.peer.world.checkoutSessions.newestFirst()[0]!.id);
    await world.peer.webhooks.settled();
    const subscription = world.subscriptionOf(id);
    const nextPeriod = () =>
      world.pass(subscription.items.data[0]!.current_period_end * 1000 - world.time.now.getTime());
    await nextPeriod();
    const ours = await world.invoice(id, [703, 300], { status: 'finalized', collection: 'stripe_subscription' });
    let items = 0;
    world.peer.faults.decide = ({ method, path }) =>
      method === 'POST' && path === '/v1/invoiceitems' && (items += 1) > 1 ? 'error_before' : null;
    await expect(hand(id)).rejects.toMatchObject({ code: 'unavailable' });
    world.peer.faults.clear();
    const fee = subscription.items.data[0]!.price.unit_amount!;
    await world.pass(80 * HOUR_MS);
    // Half of ours was paid with it, which is not all.
    expect(await world.statusOf(ours)).toBe('finalized');
    expect(theirs()).toMatchObject({ status: 'paid', total: fee + Math.round(fee * 0.19) + 703 + 134 });
    await nextPeriod();
    expect(await hand(id)).toBe(1);
    expect(await read(id, ours)).toMatchObject({ subtotal_minor: 1_003, tax_minor: 134 + 57, total_minor: 1_194 });
    expect(await differences()).toEqual([]);
    expect(world.failures).toEqual([]);
  });
});
