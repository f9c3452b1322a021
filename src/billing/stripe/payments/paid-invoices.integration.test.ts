import { type Pool } from 'pg';
import { type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const HOUR_MS = 3_600_000;

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

/** An organization that has paid for the pro plan, its subscription and its customer at Stripe. */
async function subscriber() {
  const id = await world.payer();
  await world.newPayments().checkout(id, 'pro');
  const session = world.peer.world.checkoutSessions.newestFirst()[0]!;
  world.peer.completeCheckout(session.id);
  await world.peer.webhooks.settled();
  const subscription = world.subscriptionOf(id);
  return { id, subscription, customer: world.peer.world.customers.get(subscription.customer as string) };
}
const draftOf = () => world.peer.world.invoices.newestFirst()[0]!;
const untilNextPeriod = (subscription: ReturnType<PayingWorld['subscriptionOf']>) =>
  world.pass(subscription.items.data[0]!.current_period_end * 1000 - world.time.now.getTime());
const hand = (id: string) => world.link.handToStripe(id, world.time.now);

describe('the draft of a subscription', () => {
  it('is held for our lines until two daily runs were there, and is final as soon as they are on it', async () => {
    const { id, subscription } = await subscriber();
    await untilNextPeriod(subscription);
    const fee = draftOf().total;
    expect(draftOf()).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle' });
    expect(draftOf().automatically_finalizes_at! - draftOf().created).toBe(28 * 3_600);
    await world.pass(26 * HOUR_MS);
    await world.invoice(id, [700, 300], { status: 'finalized', collection: 'stripe_subscription' });
    expect(await hand(id)).toBe(1);
    expect(draftOf()).toMatchObject({ status: 'open', total: fee + 1_000 });
    expect(world.failures).toEqual([]);
  });

  it('is final after that time where we have nothing to put on it, and what comes later goes onto the next', async () => {
    const { id, subscription } = await subscriber();
    await untilNextPeriod(subscription);
    const [{ id: first, total: fee }] = [draftOf()];
    await world.pass(29 * HOUR_MS);
    expect(draftOf()).toMatchObject({ id: first, status: 'paid', total: fee });
    const ours = await world.invoice(id, [700], { status: 'finalized', collection: 'stripe_subscription' });
    expect(await hand(id)).toBe(0);
    await untilNextPeriod(subscription);
    expect(await hand(id)).toBe(1);
    expect(draftOf()).toMatchObject({ total: fee + 700 });
    expect([draftOf().id === first, await world.statusOf(ours)]).toEqual([false, 'sent']);
  });

  it('is held once, whatever is lost on the way and however often it is told', async () => {
    const { subscription } = await subscriber();
    world.peer.webhooks.hold();
    await untilNextPeriod(subscription);
    const { id } = draftOf();
    world.peer.faults.next('gateway_after', `POST /v1/invoices/${id}`);
    const created = () => world.peer.webhooks.pending().filter(({ type }) => type === 'invoice.created');
    const [event] = created();
    const send = async () => (await world.peer.webhooks.deliver(() => [event!]))[0]!.status;
    expect([await send(), await send(), await send()]).toEqual([503, 200, 200]);
    expect(draftOf().automatically_finalizes_at! - draftOf().created).toBe(28 * 3_600);
    // One that somebody holds for longer stays so.
    const sdk = world.peer.connectInProcess();
    const later = draftOf().created + 72 * 3_600;
    await sdk.invoices.update(id, { automatically_finalizes_at: later });
    await pool.query(`delete from stripe_events where id = $1`, [event!.id]);
    expect(await send()).toBe(200);
    expect(draftOf().automatically_finalizes_at).toBe(later);
  });

  it('of somebody who is no organization here is left alone, and so is one that is not of a period', async () => {
    const sdk = world.peer.connectInProcess();
    const { id: customer } = await sdk.customers.create({});
    const product = await sdk.products.create({ name: 'Other' });
    const recurring = { interval: 'month' as const };
    const price = await sdk.prices.create({ product: product.id, currency: 'usd', unit_amount: 100, recurring });
    const { id: subscription } = await sdk.subscriptions.create({ customer, items: [{ price: price.id }] });
    await untilNextPeriod(world.peer.world.subscriptions.get(subscription));
    expect(draftOf().automatically_finalizes_at! - draftOf().created).toBe(3_600);
    const { id } = await sdk.invoices.create({ customer, currency: 'usd', auto_advance: true });
    await world.peer.webhooks.settled();
    expect(world.peer.world.invoices.get(id).automatically_finalizes_at! - draftOf().created).toBe(3_600);
  });
});

describe('what a plan was paid with', () => {
  it('pays for invoices of their own too, once the plan is over', async () => {
    const { id, subscription, customer } = await subscriber();
    expect(customer.invoice_settings.default_payment_method).toBe(subscription.default_payment_method);
    world.peer.cancelInPortal(subscription.id, 'now');
    await world.peer.webhooks.settled();
    const ours = await world.invoice(id, [1_900], { status: 'finalized', collection: 'stripe_invoice' });
    expect(await hand(id)).toBe(1);
    expect(draftOf()).toMatchObject({ status: 'open', collection_method: 'charge_automatically', total: 1_900 });
    await world.pass(HOUR_MS);
    expect([draftOf().status, await world.statusOf(ours)]).toEqual(['paid', 'paid']);
  });

  it('takes the place of what was given before it, and not of what the customer chose later', async () => {
    const { id, subscription, customer } = await subscriber();
    const first = subscription.default_payment_method;
    world.peer.cancelInPortal(subscription.id, 'now');
    await world.pass(HOUR_MS);
    await world.newPayments().checkout(id, 'pro');
    world.peer.webhooks.hold();
    world.peer.completeCheckout(world.peer.world.checkoutSessions.newestFirst()[0]!.id);
    const [done] = world.peer.webhooks.pending().filter(({ type }) => type === 'checkout.session.completed');
    await world.peer.webhooks.release();
    const second = world.subscriptionOf(id).default_payment_method;
    expect([customer.invoice_settings.default_payment_method, second === first]).toEqual([second, false]);
    await world.pass(HOUR_MS);
    world.peer.giveCard(customer.id, { last4: '0005' });
    world.subscriptionOf(id).default_payment_method = second;
    const chosen = customer.invoice_settings.default_payment_method;
    await pool.query('delete from stripe_events where id = $1', [done!.id]);
    await world.peer.webhooks.deliver(() => [done!]);
    expect(customer.invoice_settings.default_payment_method).toBe(chosen);
    expect(world.failures).toEqual([]);
  });

  it('is what the customer has at Stripe, not what somebody else has', async () => {
    const { customer } = await subscriber();
    const sdk = world.peer.connectInProcess();
    const other = await sdk.customers.create({});
    const method = customer.invoice_settings.default_payment_method as string;
    await expect(
      sdk.customers.update(other.id, { invoice_settings: { default_payment_method: method } }),
    ).rejects.toMatchObject({ code: 'resource_missing' });
  });
});

describe('an invoice that is paid before all of it is known to be told', () => {
  it('of which half went with a subscription is paid with the other half, and nothing is lost', async () => {
    const { id, subscription } = await subscriber();
    await untilNextPeriod(subscription);
    const ours = await world.invoice(id, [700, 300], { status: 'finalized', collection: 'stripe_subscription' });
    let items = 0;
    world.peer.faults.decide = ({ method, path }) =>
      method === 'POST' && path === '/v1/invoiceitems' && (items += 1) > 1 ? 'error_before' : null;
    await expect(hand(id)).rejects.toMatchObject({ code: 'unavailable' });
    world.peer.faults.clear();
    const first = draftOf().id;
    await world.pass(80 * HOUR_MS);
    expect([world.peer.world.invoices.get(first).status, await world.statusOf(ours)]).toEqual(['paid', 'finalized']);
    await untilNextPeriod(subscription);
    expect(await hand(id)).toBe(1);
    const told = world.peer.world.invoices.all().flatMap((one) => world.peer.world.lines.get(one.id) ?? []);
    const lines = told.filter(({ metadata }) => metadata['tollgate_invoice'] === ours);
    expect(lines.map(({ amount }) => amount)).toEqual([700, 300]);
    await world.pass(2 * HOUR_MS);
    expect([draftOf().status, await world.statusOf(ours)]).toEqual(['paid', 'paid']);
  });

  it.each(['paid', 'payment_failed'] as const)('by a process that died is known to be %s', async (outcome) => {
    const { id } = await world.organization();
    const ours = await world.invoice(id, [1_900], { status: 'finalized', collection: 'stripe_invoice' });
    // Made final at Stripe, and that is the last that this process does.
    let isFinal = false;
    world.peer.faults.decide = ({ path }) => {
      if (path.endsWith('/finalize')) isFinal = true;
      else if (isFinal) return 'error_before';
      return null;
    };
    await expect(hand(id)).rejects.toMatchObject({ code: 'unavailable' });
    world.peer.faults.clear();
    if (outcome === 'payment_failed') world.peer.setPaymentOutcome(draftOf().customer as string, 'fails');
    world.peer.attemptPayment(draftOf().id);
    await world.peer.webhooks.settled();
    expect(await world.statusOf(ours)).toBe('finalized');
    expect(await hand(id)).toBe(1);
    expect(await world.events.retry(10)).toMatchObject({ failed: 0 });
    expect(await world.statusOf(ours)).toBe(outcome);
  });

  it('is known to have failed also where that happened after the last that was asked of Stripe', async () => {
    const { id } = await world.organization();
    const ours = await world.invoice(id, [1_900], { status: 'finalized', collection: 'stripe_invoice' });
    // What Stripe tells comes too early to be used.
    world.peer.webhooks.hold();
    expect(await hand(id)).toBe(1);
    world.peer.setPaymentOutcome(draftOf().customer as string, 'fails');
    world.peer.attemptPayment(draftOf().id);
    expect(await world.events.retry(10)).toMatchObject({ failed: 0 });
    expect(await world.statusOf(ours)).toBe('payment_failed');
  });

  it('is known not to have been paid in time where all of it is told only after that', async () => {
    const { id } = await world.organization();
    const ours = await world.invoice(id, [1_900], { status: 'finalized', collection: 'stripe_invoice' });
    expect(await hand(id)).toBe(1);
    expect(draftOf().collection_method).toBe('send_invoice');
    world.peer.webhooks.hold();
    await world.pass(draftOf().due_date! * 1000 - world.time.now.getTime());
    expect(await world.events.retry(10)).toMatchObject({ failed: 0 });
    expect(await world.statusOf(ours)).toBe('payment_failed');
  });
});
