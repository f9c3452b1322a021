import Stripe from 'stripe';
import { startStripePeer } from './start-stripe-peer';

/**
 * What Tollgate relies on, said once and held against the peer always, and against Stripe itself where
 * STRIPE_TEST_KEY is the secret key of a sandbox. Only so is it known that the peer behaves as Stripe does.
 */
const realKey = process.env.STRIPE_TEST_KEY;

contract('the peer', async () => {
  const peer = await startStripePeer();
  return { stripe: peer.connect(), close: () => peer.close() };
});

if (realKey?.startsWith('sk_test_')) {
  contract('Stripe', async () => ({ stripe: new Stripe(realKey), close: () => Promise.resolve() }));
} else {
  test.skip('Stripe itself: STRIPE_TEST_KEY is not a sandbox key (sk_test_…), so the peer was not compared with it', () =>
    undefined);
}

interface Subject {
  stripe: Stripe;
  close: () => Promise<void>;
}

function contract(name: string, start: () => Promise<Subject>): void {
  describe(`${name} holds the contract`, () => {
    let subject: Subject;
    let stripe: Stripe;
    let customer: Stripe.Customer;
    beforeAll(async () => {
      subject = await start();
      stripe = subject.stripe;
      customer = await stripe.customers.create({ name: 'Acme', metadata: { tollgate_organization: 'o-1' } });
    });
    afterAll(() => subject.close());

    const draft = (params: Stripe.InvoiceCreateParams = {}) =>
      stripe.invoices.create({ customer: customer.id, currency: 'usd', auto_advance: false, ...params });
    const item = (invoice: string, amount: number, description = 'API calls') =>
      stripe.invoiceItems.create({ customer: customer.id, invoice, amount, currency: 'usd', description });
    const refused = async (call: Promise<unknown>) => {
      const error: unknown = await call.then(
        () => null,
        (thrown: unknown) => thrown,
      );
      if (!(error instanceof Stripe.errors.StripeError)) throw new Error('Expected a refusal by Stripe');
      return { type: error.type, code: error.code, status: error.statusCode, param: error.param };
    };

    test('names on a customer are merged, and an empty value takes one away', async () => {
      const made = await stripe.customers.create({ email: 'a@example.com', metadata: { one: '1', two: '2' } });
      const changed = await stripe.customers.update(made.id, { metadata: { two: '', three: '3' } });
      expect(changed.metadata).toEqual({ one: '1', three: '3' });
      expect(await stripe.customers.retrieve(made.id)).toMatchObject({
        email: 'a@example.com',
        metadata: { three: '3' },
      });
    });

    test('unknown parameters and objects are refused by name', async () => {
      const nonsense = { colour: 'red' } as Stripe.CustomerCreateParams;
      expect(await refused(stripe.customers.create(nonsense))).toMatchObject({
        status: 400,
        code: 'parameter_unknown',
        param: 'colour',
      });
      expect(await refused(stripe.customers.retrieve('cus_none'))).toMatchObject({
        status: 404,
        code: 'resource_missing',
      });
    });

    test('metadata has at most 50 names of 40 characters with values of 500', async () => {
      const many = Object.fromEntries(Array.from({ length: 51 }, (_, at) => [`name_${at}`, 'x']));
      const wrong = [many, { ['n'.repeat(41)]: 'x' }, { name: 'x'.repeat(501) }];
      for (const metadata of wrong) {
        expect(await refused(stripe.customers.create({ metadata }))).toMatchObject({ status: 400 });
      }
    });

    test('an invoice totals its items to the minor unit, and is final with its number', async () => {
      const invoice = await draft({ metadata: { tollgate_effect: 'e-1' }, description: 'September' });
      expect(invoice).toMatchObject({ status: 'draft', auto_advance: false, total: 0, number: null });
      await item(invoice.id, 1234);
      await item(invoice.id, -34, 'Correction');
      const filled = await stripe.invoices.retrieve(invoice.id);
      expect(filled).toMatchObject({ total: 1200, amount_due: 1200, metadata: { tollgate_effect: 'e-1' } });
      const final = await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false });
      expect(final).toMatchObject({ status: 'open', total: 1200, amount_due: 1200, amount_remaining: 1200 });
      expect(final.number).toEqual(expect.any(String));
    });

    test('an item without an invoice is pending, and is not taken along unless asked for', async () => {
      const owner = await stripe.customers.create({ name: 'Pending' });
      const of = { customer: owner.id, currency: 'usd' };
      const pending = await stripe.invoiceItems.create({ ...of, amount: 700 });
      expect(pending.invoice).toBeNull();
      const without = await stripe.invoices.create({ ...of });
      expect(without.total).toBe(0);
      const taking = await stripe.invoices.create({ ...of, pending_invoice_items_behavior: 'include' });
      expect(taking.total).toBe(700);
    });

    test('a final invoice takes no more items and no other description', async () => {
      const invoice = await draft();
      const first = await item(invoice.id, 500);
      await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false });
      const late = await refused(item(invoice.id, 500));
      expect(late).toMatchObject({ status: 400 });
      expect(await refused(stripe.invoiceItems.del(first.id))).toMatchObject({ status: 400 });
      expect(await refused(stripe.invoices.update(invoice.id, { description: 'x' }))).toMatchObject({ status: 400 });
      const named = await stripe.invoices.update(invoice.id, { metadata: { checked: 'yes' } });
      expect(named.metadata).toMatchObject({ checked: 'yes' });
    });

    test('items are changed and deleted while the invoice is a draft', async () => {
      const invoice = await draft();
      const one = await item(invoice.id, 500);
      const two = await item(invoice.id, 300);
      await stripe.invoiceItems.update(one.id, { amount: 600, metadata: { line: 'l-1' } });
      await stripe.invoiceItems.del(two.id);
      const read = await stripe.invoices.retrieve(invoice.id);
      expect(read.total).toBe(600);
      expect(read.lines.data[0]).toMatchObject({ amount: 600 });
    });

    test('lines are read page by page, each once', async () => {
      const invoice = await draft();
      for (let at = 0; at < 13; at++) await item(invoice.id, 100 + at);
      const read = await stripe.invoices.retrieve(invoice.id);
      expect(read.lines.has_more).toBe(true);
      const amounts: number[] = [];
      for await (const line of stripe.invoices.listLineItems(invoice.id, { limit: 5 })) amounts.push(line.amount);
      expect(amounts.sort((a, b) => a - b)).toEqual(Array.from({ length: 13 }, (_, at) => 100 + at));
    });

    test('nothing is paid at once, and so is what is below the least charge, which waits in the balance', async () => {
      const owner = await stripe.customers.create({ name: 'Small' });
      const of = { customer: owner.id, currency: 'usd' };
      const empty = await stripe.invoices.create({ ...of, auto_advance: false });
      expect(await stripe.invoices.finalizeInvoice(empty.id)).toMatchObject({ status: 'paid', amount_due: 0 });
      const small = await stripe.invoices.create({ ...of, auto_advance: false });
      await stripe.invoiceItems.create({ ...of, invoice: small.id, amount: 49 });
      expect(await stripe.invoices.finalizeInvoice(small.id)).toMatchObject({ status: 'paid', total: 49 });
      expect(await stripe.customers.retrieve(owner.id)).toMatchObject({ balance: 49 });
    });

    test('an open invoice is paid outside, or voided, and neither twice', async () => {
      const [paid, gone] = [await draft(), await draft()];
      for (const invoice of [paid, gone]) {
        await item(invoice.id, 900);
        await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false });
      }
      expect(await stripe.invoices.pay(paid.id, { paid_out_of_band: true })).toMatchObject({ status: 'paid' });
      expect(await stripe.invoices.voidInvoice(gone.id)).toMatchObject({ status: 'void' });
      expect(await refused(stripe.invoices.pay(paid.id, { paid_out_of_band: true }))).toMatchObject({ status: 400 });
      expect(await refused(stripe.invoices.voidInvoice(gone.id))).toMatchObject({ status: 400 });
      const open = await stripe.invoices.list({ customer: customer.id, status: 'void' });
      expect(open.data.map((one) => one.id)).toContain(gone.id);
    });

    test('an invoice that is sent has a date on which it is due', async () => {
      const invoice = await draft({ collection_method: 'send_invoice', days_until_due: 14 });
      await item(invoice.id, 900);
      const final = await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false });
      const days = ((final.due_date ?? 0) - final.created) / 86_400;
      expect(days).toBeGreaterThan(13.9);
      expect(days).toBeLessThan(14.1);
    });

    test('a credit note on an open invoice lowers what is due, and no more is credited than was billed', async () => {
      const invoice = await draft();
      await item(invoice.id, 1000);
      await stripe.invoices.finalizeInvoice(invoice.id, { auto_advance: false });
      const lines = await stripe.invoices.listLineItems(invoice.id);
      const line = { type: 'invoice_line_item' as const, invoice_line_item: lines.data[0]!.id, amount: 300 };
      const note = await stripe.creditNotes.create({ invoice: invoice.id, lines: [line], reason: 'order_change' });
      expect(note).toMatchObject({ total: 300, status: 'issued', type: 'pre_payment' });
      expect(await stripe.invoices.retrieve(invoice.id)).toMatchObject({ amount_remaining: 700, total: 1000 });
      const tooMuch = await refused(stripe.creditNotes.create({ invoice: invoice.id, amount: 701 }));
      expect(tooMuch).toMatchObject({ status: 400 });
      expect(await stripe.creditNotes.voidCreditNote(note.id)).toMatchObject({ status: 'void' });
      expect((await stripe.creditNotes.list({ invoice: invoice.id })).data).toHaveLength(1);
    });

    test('the same key gives the same object, and other parameters are refused', async () => {
      const key = { idempotencyKey: `contract-${Date.now()}-${Math.random()}` };
      const one = await stripe.customers.create({ name: 'Once' }, key);
      const two = await stripe.customers.create({ name: 'Once' }, key);
      expect(two.id).toBe(one.id);
      const other = await refused(stripe.customers.create({ name: 'Twice' }, key));
      expect(other).toMatchObject({ status: 400, type: 'StripeIdempotencyError' });
    });

    test('what was refused before it was executed does not use up its key', async () => {
      const key = { idempotencyKey: `contract-${Date.now()}-${Math.random()}` };
      const nonsense = { colour: 'red' } as Stripe.CustomerCreateParams;
      expect(await refused(stripe.customers.create(nonsense, key))).toMatchObject({ status: 400 });
      expect(await stripe.customers.create({ name: 'Sound' }, key)).toMatchObject({ name: 'Sound' });
    });

    test('a price recurs, and Checkout makes a page for it', async () => {
      const product = await stripe.products.create({ name: 'Pro' });
      const price = await stripe.prices.create({
        product: product.id,
        currency: 'usd',
        unit_amount: 4900,
        recurring: { interval: 'month' },
      });
      expect(price.unit_amount_decimal?.toString()).toBe('4900');
      const session = await stripe.checkout.sessions.create({
        mode: 'subscription',
        customer: customer.id,
        line_items: [{ price: price.id, quantity: 1 }],
        success_url: 'https://example.com/done',
        metadata: { tollgate_organization: 'o-1' },
      });
      expect(session).toMatchObject({ status: 'open', subscription: null, amount_total: 4900 });
      expect(session.url).toMatch(/^https?:/);
    });

    test('a subscription has its period on its items, flexible billing, and bills in advance', async () => {
      const product = await stripe.products.create({ name: 'Team' });
      const recurring = { interval: 'month' as const };
      const price = await stripe.prices.create({ product: product.id, currency: 'usd', unit_amount: 900, recurring });
      const subscription = await stripe.subscriptions.create({
        customer: customer.id,
        items: [{ price: price.id }],
        collection_method: 'send_invoice',
        days_until_due: 14,
      });
      expect(subscription).toMatchObject({ status: 'active', billing_mode: { type: 'flexible' } });
      const period = subscription.items.data[0]!;
      expect(period.current_period_end - period.current_period_start).toBeGreaterThan(27 * 86_400);
      const [invoice] = (await stripe.invoices.list({ subscription: subscription.id })).data;
      expect(invoice).toMatchObject({ billing_reason: 'subscription_create', total: 900 });
      expect(invoice?.parent?.subscription_details?.subscription).toBe(subscription.id);
      expect(await stripe.subscriptions.cancel(subscription.id)).toMatchObject({ status: 'canceled' });
      const running = await stripe.subscriptions.list({ customer: customer.id });
      expect(running.data.map((one) => one.id)).not.toContain(subscription.id);
    });

    test('a meter event with a known identifier is refused, and says that it is not to be repeated', async () => {
      const name = `calls_${Date.now()}`;
      await stripe.billing.meters.create({
        display_name: 'Calls',
        event_name: name,
        default_aggregation: { formula: 'sum' },
      });
      const event = {
        event_name: name,
        identifier: `id-${Date.now()}-${Math.random()}`,
        payload: { stripe_customer_id: customer.id, value: '5' },
      };
      expect(await stripe.billing.meterEvents.create(event)).toMatchObject({ identifier: event.identifier });
      expect(await refused(stripe.billing.meterEvents.create(event))).toMatchObject({ status: 400 });
    });
  });
}
