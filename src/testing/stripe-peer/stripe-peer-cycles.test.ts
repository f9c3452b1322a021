import type Stripe from 'stripe';
import { idOf } from './peer-world';
import { type StripePeer, startStripePeer } from './start-stripe-peer';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let peer: StripePeer;
let stripe: Stripe;
let subscription: Stripe.Subscription;
beforeEach(async () => {
  peer = await startStripePeer({ now: () => new Date('2026-01-31T10:00:00Z') });
  stripe = peer.connectInProcess();
  const customer = await stripe.customers.create({ name: 'Acme' });
  const product = await stripe.products.create({ name: 'Pro' });
  const price = await stripe.prices.create({
    product: product.id,
    currency: 'usd',
    unit_amount: 4900,
    recurring: { interval: 'month' },
  });
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: customer.id,
    line_items: [{ price: price.id, quantity: 1 }],
    success_url: 'https://example.com/done',
    subscription_data: { metadata: { tollgate_organization: 'o-1' } },
  });
  subscription = peer.completeCheckout(session.id);
});
afterEach(() => peer.close());

const eventTypes = () => peer.world.events.all().map((event) => event.type);
const invoices = () => stripe.invoices.list({ subscription: subscription.id }).then((page) => page.data);
const customerId = () => idOf(subscription.customer);

test('a completed checkout begins a paid subscription that knows who it is for', async () => {
  expect(subscription).toMatchObject({ status: 'active', metadata: { tollgate_organization: 'o-1' } });
  expect(await invoices()).toMatchObject([{ status: 'paid', total: 4900, amount_paid: 4900 }]);
  const inOrder = ['customer.subscription.created', 'invoice.created', 'invoice.finalized', 'invoice.paid'];
  expect(eventTypes().filter((type) => inOrder.includes(type))).toEqual(inOrder);
  expect(eventTypes().at(-1)).toBe('checkout.session.completed');
  const payments = await stripe.invoicePayments.list({ invoice: (await invoices())[0]!.id });
  expect(payments.data).toMatchObject([{ status: 'paid', amount_paid: 4900 }]);
});

test('the next cycle makes a draft that takes items for an hour, and is then final and paid', async () => {
  peer.advanceToNextCycle(subscription.id);
  const [draft] = await invoices();
  expect(draft).toMatchObject({ status: 'draft', billing_reason: 'subscription_cycle', total: 4900 });
  const item = { customer: customerId(), invoice: draft!.id, amount: 1234, currency: 'usd' };
  await stripe.invoiceItems.create(item);
  peer.advance(HOUR - 1000);
  expect(await invoices()).toMatchObject([{ status: 'draft', total: 6134 }, {}]);
  peer.advance(1000);
  expect(await invoices()).toMatchObject([{ status: 'paid', total: 6134, amount_paid: 6134 }, {}]);
  await expect(stripe.invoiceItems.create(item)).rejects.toMatchObject({ code: 'invoice_not_editable' });
});

test('an item without an invoice is swept into the next cycle, whoever it was meant for', async () => {
  await stripe.invoiceItems.create({ customer: customerId(), amount: 700, currency: 'usd' });
  peer.advanceToNextCycle(subscription.id);
  expect(await invoices()).toMatchObject([{ status: 'draft', total: 5600 }, {}]);
});

test('periods keep to the day of their anchor, as far as a month has it', () => {
  const ends = [1, 2, 3].map(() => {
    peer.advanceToNextCycle(subscription.id);
    return new Date(peer.world.subscriptions.get(subscription.id).items.data[0]!.current_period_start * 1000);
  });
  const dates = ends.map((date) => date.toISOString().slice(0, 10));
  expect(dates).toEqual(['2026-02-28', '2026-03-31', '2026-04-30']);
});

test('a payment that fails leaves the invoice open and the subscription past due, until one succeeds', async () => {
  peer.setPaymentOutcome(customerId(), 'fails');
  peer.advanceToNextCycle(subscription.id);
  peer.advance(HOUR);
  const [open] = await invoices();
  expect(open).toMatchObject({ status: 'open', attempt_count: 1, amount_remaining: 4900 });
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('past_due');
  expect(eventTypes()).toContain('invoice.payment_failed');
  await expect(stripe.invoices.pay(open!.id)).rejects.toMatchObject({ code: 'card_declined', statusCode: 402 });
  peer.setPaymentOutcome(customerId(), 'succeeds');
  peer.advance(3 * DAY);
  expect((await invoices())[0]).toMatchObject({ status: 'paid' });
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('active');
});

test('what is canceled at the end of its period ends then, and bills no more', async () => {
  peer.cancelInPortal(subscription.id, 'at_period_end');
  peer.advanceToNextCycle(subscription.id);
  expect((await stripe.subscriptions.retrieve(subscription.id)).status).toBe('canceled');
  expect(eventTypes().at(-1)).toBe('customer.subscription.deleted');
  peer.advance(90 * DAY);
  expect(await invoices()).toHaveLength(1);
});

test('an invoice has 250 lines at most, and a sum of at most eight digits', async () => {
  const customer = customerId();
  const invoice = await stripe.invoices.create({ customer, currency: 'usd', auto_advance: false });
  const add = () => stripe.invoiceItems.create({ customer, invoice: invoice.id, amount: 400_000, currency: 'usd' });
  for (let at = 0; at < 250; at++) await add();
  await expect(add()).rejects.toMatchObject({ statusCode: 400 });
  await expect(stripe.invoices.finalizeInvoice(invoice.id)).rejects.toMatchObject({ code: 'amount_too_large' });
});

test('the pages lead a person through paying, and back', async () => {
  const { customer, items } = subscription;
  const session = await stripe.checkout.sessions.create({
    mode: 'subscription',
    customer: idOf(customer),
    line_items: [{ price: items.data[0]!.price.id, quantity: 1 }],
    success_url: 'https://example.com/done?session={CHECKOUT_SESSION_ID}',
  });
  expect(await (await fetch(session.url!)).text()).toContain('4900');
  const paid = await fetch(session.url!, { method: 'POST', redirect: 'manual' });
  expect(paid.headers.get('location')).toBe(`https://example.com/done?session=${session.id}`);
  expect(await stripe.checkout.sessions.retrieve(session.id)).toMatchObject({ status: 'complete' });
});
