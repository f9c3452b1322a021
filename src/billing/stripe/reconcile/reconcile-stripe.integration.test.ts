import type Stripe from 'stripe';
import { type Pool } from 'pg';
import { type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { reconcileStripe } from './reconcile-stripe';

let database: TestDatabase;
let pool: Pool;
let world: PayingWorld;
beforeEach(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
  world = await startPayingWorld(pool);
});
afterEach(async () => {
  await world.peer.close();
  await database.drop();
});

const sdk = () => world.peer.connectInProcess();
const reconcile = () => reconcileStripe({ pool, client: world.link.client, since: new Date(0) });
const found = async () =>
  (await reconcile()).differences.map(
    ({ kind, detail }) => `${kind}: ${detail.replaceAll(/\b(?:il|in|cn|sub)_\w+/g, '…')}`,
  );

interface Handed {
  organizationId: string;
  customer: string;
  ours: string;
  stripeId: string;
}

/** An invoice of ours, handed over to Stripe as the product does. */
async function handed(amounts = [1_900, 102], collection = 'stripe_invoice'): Promise<Handed> {
  const { id: organizationId } = await world.organization();
  const ours = await world.invoice(organizationId, amounts, { status: 'finalized', collection });
  expect(await world.link.handToStripe(organizationId, world.time.now)).toBe(1);
  const { rows } = await pool.query<{ stripe_invoice_id: string }>(
    'select stripe_invoice_id from invoices where id = $1',
    [ours],
  );
  const stripeId = rows[0]!.stripe_invoice_id;
  return { organizationId, customer: world.peer.world.invoices.get(stripeId).customer as string, ours, stripeId };
}
const told = () => world.peer.webhooks.settled();
/** Changes what lines Stripe has of an invoice. */
function setLines(stripeId: string, change: (lines: Stripe.InvoiceLineItem[]) => Stripe.InvoiceLineItem[]): void {
  const lines = change(world.peer.world.lines.get(stripeId)!);
  world.peer.world.lines.set(stripeId, lines);
  world.peer.world.invoices.get(stripeId).lines.data = lines;
}
const lineAt = ({ stripeId }: Handed, place: number) => world.peer.world.lines.get(stripeId)![place]!;

describe('reconciling with Stripe', () => {
  it('finds nothing where everything was told: open, paid, failed, voided, credited', async () => {
    const [, paid, failed, voided] = [await handed(), await handed(), await handed(), await handed()];
    world.peer.attemptPayment(paid.stripeId);
    world.peer.setPaymentOutcome(failed.customer, 'fails');
    world.peer.attemptPayment(failed.stripeId);
    await sdk().invoices.voidInvoice(voided.stripeId);
    await told();
    const note = await world.creditNotes.credit(paid.ours, '00000000-0000-4000-8000-00000000000a', {
      amount: '5.00',
      reason: 'Goodwill',
    });
    const { id } = await sdk().creditNotes.create({ invoice: paid.stripeId, amount: 500, refund_amount: 500 });
    await pool.query('update credit_notes set stripe_credit_note_id = $2 where id = $1', [note.id, id]);
    await world.newPayments().checkout(await world.payer(), 'pro');
    world.peer.completeCheckout(world.peer.world.checkoutSessions.newestFirst()[0]!.id);
    await told();
    expect(await reconcile()).toEqual({ invoices: 4, lines: 6, creditNotes: 2, payments: 4, differences: [] });
  });

  it('finds nothing where an invoice was voided on its way, credited and voided there, or voided beside what a plan costs', async () => {
    const admin = '00000000-0000-4000-8000-00000000000a';
    const hand = () =>
      world.link.handCorrections(
        () => undefined,
        async (_id, error) => {
          throw error;
        },
      );
    const { id } = await world.organization();
    const early = await world.invoice(id, [1_900], { status: 'finalized', collection: 'stripe_invoice' });
    for (let times = 0; times < 4; times += 1)
      world.peer.faults.next('error_before', ({ path }) => path.endsWith('/finalize'));
    await expect(world.link.handToStripe(id, world.time.now)).rejects.toThrow();
    await world.creditNotes.void(early, admin, 'A mistake.');

    const there = await handed();
    await world.creditNotes.credit(there.ours, admin, { amount: '5.00', reason: 'Goodwill' });
    await sdk().invoices.voidInvoice(there.stripeId);
    await told();

    const beside = await handed([1_900], 'stripe_subscription');
    setLines(beside.stripeId, ([line]) => [line!, { ...line!, id: 'il_2', amount: 4_900, metadata: {} }]);
    Object.assign(world.peer.world.invoices.get(beside.stripeId), {
      subtotal: 6_800,
      total: 6_800,
      amount_remaining: 6_800,
    });
    await world.creditNotes.void(beside.ours, admin, 'A mistake.');
    world.peer.attemptPayment(beside.stripeId);
    await hand();
    await told();
    expect((await reconcile()).differences).toEqual([]);
  });

  it.each<[string, (invoice: Handed) => unknown, string[]]>([
    [
      'an amount of a line',
      (invoice) => (lineAt(invoice, 1).amount = 103),
      ['amount: 20.03 USD here, 20.02 USD at Stripe', 'amount: 1.02 USD here, 1.03 USD at Stripe'],
    ],
    [
      'a line that Stripe does not have',
      ({ stripeId }) => setLines(stripeId, (lines) => lines.slice(0, 1)),
      ['amount: 19.00 USD here, 20.02 USD at Stripe', 'missing_there: on no invoice at Stripe'],
    ],
    [
      'a line that is there twice',
      ({ stripeId }) => setLines(stripeId, (lines) => [...lines, { ...lines[0]!, id: 'il_2' }]),
      ['double: 2 times at Stripe: … on …, … on …', 'amount: 39.02 USD here, 20.02 USD at Stripe'],
    ],
    [
      'a line of somebody else',
      ({ stripeId }) => Object.assign(world.peer.world.lines.get(stripeId)![1]!, { metadata: {} }),
      ['missing_there: on no invoice at Stripe', 'missing_here: 1.02 USD at Stripe, by nobody here'],
    ],
    [
      'a total',
      ({ stripeId }) => (world.peer.world.invoices.get(stripeId).total = 2_003),
      ['amount: 20.02 USD here, 20.03 USD at Stripe'],
    ],
    [
      'a payment that was not told',
      async ({ stripeId }) => {
        world.peer.webhooks.hold();
        world.peer.attemptPayment(stripeId);
      },
      ['status: sent here, paid at Stripe'],
    ],
    [
      'a payment of another sum',
      ({ stripeId }) => {
        world.peer.attemptPayment(stripeId);
        world.peer.world.invoices.get(stripeId).amount_paid = 2_000;
        return told();
      },
      ['amount: 20.02 USD here, 20.00 USD at Stripe', 'amount: 20.00 USD here, 20.02 USD at Stripe'],
    ],
    [
      'an invoice that Stripe does not have',
      ({ stripeId }) => world.peer.world.invoices.delete(stripeId),
      ['missing_there: Stripe has no such invoice'],
    ],
    [
      'an invoice that was not handed over',
      ({ ours, stripeId }) => {
        world.peer.world.invoices.delete(stripeId);
        return pool.query('update invoices set stripe_invoice_id = null where id = $1', [ours]);
      },
      ['missing_there: sent here, not handed over'],
    ],
    [
      'an invoice that is there twice',
      async ({ customer, ours }) => {
        const { metadata } = world.peer.world.invoices
          .all()
          .find((one) => one.metadata?.['tollgate_invoice'] === ours)!;
        const { id: invoice } = await sdk().invoices.create({ customer, currency: 'usd', metadata: { ...metadata } });
        await sdk().invoiceItems.create({ customer, invoice, amount: 2_002, currency: 'usd' });
      },
      ['double: 2 times at Stripe: …, …', 'missing_here: 20.02 USD at Stripe, by nobody here'],
    ],
    [
      'a credit note that only we have',
      async ({ ours }) =>
        world.creditNotes.credit(ours, '00000000-0000-4000-8000-00000000000a', { amount: '1.00', reason: 'Goodwill' }),
      ['missing_there: 1.00 USD here, nothing at Stripe'],
    ],
    [
      'a credit note that only Stripe has',
      ({ stripeId }) => sdk().creditNotes.create({ invoice: stripeId, amount: 100 }),
      ['missing_here: 1.00 USD at Stripe, by nobody here'],
    ],
    [
      'an effect that was refused',
      ({ ours }) =>
        pool.query(
          `update stripe_effects set state = 'failed', stripe_id = null, done_at = null, last_error = 'no' where id = (select id from stripe_effects where invoice_id = $1 and kind = 'item' limit 1)`,
          [ours],
        ),
      ['unfinished: failed: tried 1 times: no'],
    ],
    [
      'an event that failed',
      () =>
        pool.query(
          `insert into stripe_events (id, type, state, attempts, last_error, created_at) values ('evt_1', 'x', 'failed', 3, 'no', now())`,
        ),
      ['unfinished: failed: tried 3 times: no'],
    ],
  ])('finds %s', async (_what, plant, differences) => {
    await handed();
    const invoice = await handed();
    expect(await found()).toEqual([]);
    await plant(invoice);
    expect(await found()).toEqual(differences);
  });

  it('finds two subscriptions of one customer', async () => {
    const id = await world.payer();
    for (let n = 0; n < 2; n += 1) {
      const { expires_at: expires } = await world.newPayments().checkout(id, 'pro');
      expect(expires).toBeTruthy();
      world.peer.webhooks.hold();
      world.peer.completeCheckout(world.peer.world.checkoutSessions.newestFirst()[0]!.id);
    }
    expect(await found()).toEqual(['double: 2 run at Stripe: …, …']);
  });

  it('reads lists to their end', async () => {
    const amounts = Array.from({ length: 130 }, (_, place) => 10 + place);
    await handed(amounts);
    expect(await reconcile()).toMatchObject({ invoices: 1, lines: 130, differences: [] });
  });
});
