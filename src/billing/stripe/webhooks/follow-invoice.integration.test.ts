import { type Pool } from 'pg';
import { type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const DAY_MS = 86_400_000;

let database: TestDatabase;
let pool: Pool;
let world: PayingWorld;
beforeAll(async () => {
  database = await createTestDatabase();
  ({ pool } = database);
});
beforeEach(async () => {
  world = await startPayingWorld(pool);
});
afterEach(() => world.peer.close());
afterAll(() => database.drop());

const sdk = () => world.peer.connectInProcess();
async function customerOf(organizationId: string): Promise<string> {
  const ensured = await world.link.customers.ensure(organizationId);
  if (ensured.is !== 'known') throw new Error(ensured.is);
  return ensured.customer.customerId;
}
/** A draft at Stripe over 49.00 of an invoice of ours that waits for it. */
async function drafted(organizationId: string): Promise<{ ours: string; stripeId: string; customer: string }> {
  const ours = await world.invoice(organizationId, [4_900], { collection: 'stripe_invoice' });
  const customer = await customerOf(organizationId);
  const { id: stripeId } = await sdk().invoices.create({ customer, currency: 'usd', auto_advance: true });
  await sdk().invoiceItems.create({ customer, invoice: stripeId, amount: 4_900, currency: 'usd' });
  await pool.query('update invoices set stripe_invoice_id = $2 where id = $1', [ours, stripeId]);
  return { ours, stripeId, customer };
}
async function opened(organizationId: string) {
  const invoice = await drafted(organizationId);
  await sdk().invoices.finalizeInvoice(invoice.stripeId, { auto_advance: true });
  return invoice;
}
async function rowOf(id: string) {
  const { rows } = await pool.query<Record<string, string>>('select * from invoices where id = $1', [id]);
  return rows[0]!;
}
const told = () => world.peer.webhooks.settled();

describe('an invoice at Stripe', () => {
  it('that fails takes the plan away after seven days, and paid gives it back', async () => {
    const { id, owner } = await world.organization();
    const { ours, stripeId, customer } = await opened(id);
    world.peer.setPaymentOutcome(customer, 'fails');
    world.peer.attemptPayment(stripeId);
    await told();
    expect(await rowOf(ours)).toMatchObject({
      status: 'payment_failed',
      payment_url: world.peer.world.invoices.get(stripeId).hosted_invoice_url,
    });
    expect(await world.mailsTo(owner)).toHaveLength(1);
    await world.pass(3 * DAY_MS);
    expect(await world.mailsTo(owner)).toHaveLength(1);
    await world.pass(4 * DAY_MS);
    await world.enforce();
    expect(await world.plan(id)).toBe('free');
    world.peer.setPaymentOutcome(customer, 'succeeds');
    world.peer.attemptPayment(stripeId);
    await told();
    expect([await world.statusOf(ours), await world.plan(id), world.failures]).toEqual(['paid', 'pro', []]);
  });

  it.each([
    ['asks for something of its payer', 'requires_action' as const],
    ['is declined', 'fails' as const],
  ])('that %s is known to have failed', async (_what, outcome) => {
    const { id } = await world.organization();
    const { ours, stripeId, customer } = await opened(id);
    world.peer.setPaymentOutcome(customer, outcome);
    world.peer.attemptPayment(stripeId);
    await told();
    expect(await world.statusOf(ours)).toBe('payment_failed');
  });

  it('is what it is in the end, in whatever order and however often it is told', async () => {
    const { id, owner } = await world.organization();
    world.peer.webhooks.hold();
    const { ours, stripeId, customer } = await opened(id);
    world.peer.setPaymentOutcome(customer, 'fails');
    world.peer.attemptPayment(stripeId);
    world.peer.setPaymentOutcome(customer, 'succeeds');
    world.peer.attemptPayment(stripeId);
    await world.peer.webhooks.deliver((pending) => [...pending, ...pending].reverse());
    expect([await world.statusOf(ours), await world.mailsTo(owner)]).toEqual(['paid', []]);
    const { rows } = await pool.query(
      `select state, attempts from stripe_events where type = 'invoice.payment_failed' and object_id = $1`,
      [stripeId],
    );
    expect(rows).toEqual([{ state: 'done', attempts: 1 }]);
  });

  it('that is voided in the dashboard is void here, by a credit note over the whole, once', async () => {
    const { id } = await world.organization();
    const { ours, stripeId } = await opened(id);
    await sdk().invoices.voidInvoice(stripeId);
    await told();
    await world.peer.webhooks.deliver(() =>
      world.peer.world.events.all().filter(({ type }) => type === 'invoice.voided'),
    );
    expect(await world.statusOf(ours)).toBe('void');
    const { rows } = await pool.query(
      'select amount_minor, voids, created_by, reason from credit_notes where invoice_id = $1',
      [ours],
    );
    expect(rows).toEqual([{ amount_minor: '4900', voids: true, created_by: 'system', reason: 'Voided at Stripe.' }]);
    expect(world.failures).toEqual([]);
  });

  it('that nobody hopes for any more has failed', async () => {
    const { ours, stripeId } = await opened((await world.organization()).id);
    await sdk().invoices.markUncollectible(stripeId);
    await told();
    expect(await world.statusOf(ours)).toBe('payment_failed');
  });

  it('that cannot be final says so to admins', async () => {
    const { ours, stripeId } = await drafted((await world.organization()).id);
    const invoice = world.peer.world.invoices.get(stripeId);
    invoice.last_finalization_error = { type: 'invalid_request_error', message: 'The address is incomplete.' };
    world.peer.world.emit('invoice.finalization_failed', invoice);
    await told();
    expect(await rowOf(ours)).toMatchObject({ attention: 'Stripe cannot issue it: The address is incomplete.' });
  });

  it('that is not ours is recorded, and nothing follows', async () => {
    const customer = await customerOf((await world.organization()).id);
    const { id } = await sdk().invoices.create({ customer, currency: 'usd', auto_advance: false });
    await sdk().invoices.finalizeInvoice(id);
    await told();
    const { rows } = await pool.query(
      'select distinct outcome, state from stripe_events where object_id = $1 and type = $2',
      [id, 'invoice.paid'],
    );
    expect(rows).toEqual([{ outcome: 'not ours', state: 'done' }]);
  });

  it('that is gone by the time it is asked for is not asked for again', async () => {
    const event = {
      id: 'evt_gone',
      object: 'event',
      type: 'invoice.paid',
      created: 1,
      data: { object: { id: 'in_gone' } },
    };
    expect(await world.events.receive(JSON.stringify(event))).toEqual({ status: 'done' });
  });

  it('is asked for again when Stripe did not answer', async () => {
    const { ours, stripeId } = await opened((await world.organization()).id);
    await told();
    world.peer.faults.next('error_before', `GET /v1/invoices/${stripeId}`);
    world.peer.webhooks.hold();
    world.peer.attemptPayment(stripeId);
    const deliveries = await world.peer.webhooks.deliver((all) => all.filter(({ type }) => type === 'invoice.paid'));
    expect([deliveries.map(({ status }) => status), await world.statusOf(ours)]).toEqual([[503], 'sent']);
    await world.peer.webhooks.release();
    expect(await world.statusOf(ours)).toBe('paid');
  });
});

describe('a credit note', () => {
  it('that was made at Stripe is told to admins, and one of ours is not', async () => {
    const { ours, stripeId } = await opened((await world.organization()).id);
    const note = { invoice: stripeId, amount: 100 };
    await sdk().creditNotes.create({ ...note, metadata: { tollgate_effect: `credit_note/${ours}` } });
    await told();
    expect((await rowOf(ours)).attention).toBeNull();
    await sdk().creditNotes.create(note);
    await told();
    expect((await rowOf(ours)).attention).toMatch(/^Credit note \S+ over 1.00 USD was made at Stripe/);
    expect(world.failures).toEqual([]);
  });
});
