import { type Pool } from 'pg';
import { periodAt } from '@/kernel/billing-period';
import { OWNER, type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { FAULT_KINDS, seededFaults } from '@/testing/stripe-peer/faults';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

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

/** A while after whatever was before. */
async function change(id: string, input: Parameters<ReturnType<PayingWorld['newPayments']>['change']>[2]) {
  await world.pass(HOUR_MS);
  await world.newPayments().change(id, OWNER, input);
}
const openSessions = () => world.peer.world.checkoutSessions.all().filter(({ status }) => status === 'open');
/** Pays for a plan, and lets it be told. */
async function subscribe(id: string, plan: string): Promise<void> {
  await world.newPayments().checkout(id, plan);
  const mine = openSessions().find((session) => session.client_reference_id === id)!;
  world.peer.completeCheckout(mine.id);
  await world.peer.webhooks.settled();
}
const customerOf = (id: string) => world.subscriptionOf(id).customer as string;

describe('paying for a plan', () => {
  it('makes it hold once it is paid, and not before', async () => {
    const id = await world.payer();
    const wanted = await change(id, { plan: 'pro' }).catch((error: unknown) => error);
    expect(wanted).toMatchObject({ code: 'payment_required', details: { checkout_url: openSessions()[0]!.url } });
    expect(await world.phases(id)).toEqual([]);
    world.peer.completeCheckout(openSessions()[0]!.id);
    await world.peer.webhooks.settled();
    expect(await world.phases(id)).toEqual(['pro subscribed stripe']);
    expect(await world.newPayments().get(id)).toMatchObject({
      enabled: true,
      subscription: { status: 'active' },
      payment_method: { type: 'card', brand: 'visa', last4: '4242', exp_month: 4, exp_year: 2034 },
    });
    expect(world.failures).toEqual([]);
    await expect(world.newPayments().checkout(id, 'business')).rejects.toMatchObject({ code: 'conflict' });
  });

  it('has one open page at most: the same for the same plan, and none for another', async () => {
    const id = await world.payer();
    const pages = await Promise.all(
      Array.from({ length: 4 }, () =>
        world
          .newPayments()
          .checkout(id, 'pro')
          .catch(() => null),
      ),
    );
    const urls = pages.flatMap((page) => page?.url ?? []);
    expect(new Set(urls).size).toBe(1);
    const other = await world.newPayments().checkout(id, 'business');
    expect(openSessions().map(({ url }) => url)).toEqual([other.url]);
    expect((await world.newPayments().checkout(id, 'pro')).url).not.toBe(urls[0]);
    expect(openSessions()).toHaveLength(1);
  });

  it('makes one price of a plan and one page of an organization, whatever goes wrong', async () => {
    const kinds = new Set<string>();
    const ids: string[] = [];
    const decide = seededFaults(7, 0.35);
    world.peer.faults.decide = () => {
      const kind = decide();
      if (kind) kinds.add(kind);
      return kind;
    };
    for (let n = 0; n < 12; n += 1) {
      const id = await world.payer();
      ids.push(id);
      for (let tries = 0; tries < 40; tries += 1) {
        const page = await world
          .newPayments()
          .checkout(id, 'pro')
          .catch(() => null);
        if (page) break;
        await world.pass(HOUR_MS / 10);
      }
    }
    world.peer.faults.clear();
    world.peer.tick();
    for (const id of ids) await world.newPayments().checkout(id, 'pro');
    expect([...kinds].length).toBeGreaterThan(FAULT_KINDS.length / 2);
    const sessions = openSessions().map((session) => session.client_reference_id);
    expect(sessions.sort()).toEqual([...ids].sort());
    expect(world.peer.world.prices.all().map(({ unit_amount }) => unit_amount)).toHaveLength(1);
    expect(world.peer.world.products.all()).toHaveLength(1);
  });

  it.each(['2027-05-01', '2027-05-15', '2027-05-30', '2027-05-31'])(
    'from the anchor %s on has the periods that we have, and charges the rest of the running one by its share',
    async (anchor) => {
      const id = await world.payer(anchor);
      await subscribe(id, 'pro');
      const item = () => world.subscriptionOf(id).items.data[0]!;
      const ours = () => periodAt(anchor, new Date(item().current_period_start * 1000));
      const first = ours();
      const { unit_amount: price } = item().price;
      const left = (first.to.getTime() - world.time.now.getTime()) / (first.to.getTime() - first.from.getTime());
      const [invoice] = world.peer.world.invoices.newestFirst();
      expect(invoice).toMatchObject({ status: 'paid', total: Math.round(price! * left) });
      for (let n = 0; n < 14; n += 1) {
        expect(new Date(item().current_period_end * 1000)).toEqual(ours().to);
        await world.pass(item().current_period_end * 1000 - world.time.now.getTime());
      }
    },
  );

  it('is refused for what costs nothing, for a plan that is not there, and where payments are off', async () => {
    const id = await world.payer();
    await expect(world.newPayments().checkout(id, 'free')).rejects.toMatchObject({ code: 'conflict' });
    await expect(world.newPayments().checkout(id, 'platinum')).rejects.toMatchObject({ code: 'invalid_request' });
    expect(openSessions()).toEqual([]);
  });
});

describe('a plan that is paid at Stripe', () => {
  it('is followed by a higher one when the difference is paid', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    await change(id, { plan: 'business' });
    expect(await world.phases(id)).toEqual(['pro subscribed stripe', 'business upgrade stripe']);
    expect(world.peer.world.invoices.newestFirst()[0]).toMatchObject({
      billing_reason: 'subscription_update',
      status: 'paid',
    });
  });

  it('is kept while the difference is not paid, and changed by the payment', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    world.peer.setPaymentOutcome(customerOf(id), 'fails');
    const [refused, again] = [
      await change(id, { plan: 'business' }).catch((error: unknown) => error),
      await change(id, { plan: 'business' }).catch((error: unknown) => error),
    ];
    const invoice = world.peer.world.invoices.newestFirst()[0]!;
    const expected = { code: 'payment_required', details: { payment_url: invoice.hosted_invoice_url } };
    expect([refused, again]).toMatchObject([expected, expected]);
    expect(
      world.peer.world.invoices.all().filter(({ billing_reason: why }) => why === 'subscription_update'),
    ).toHaveLength(1);
    await world.peer.webhooks.settled();
    expect(await world.phases(id)).toEqual(['pro subscribed stripe']);
    world.peer.setPaymentOutcome(customerOf(id), 'succeeds');
    world.peer.attemptPayment(invoice.id);
    await world.peer.webhooks.settled();
    expect(await world.phases(id)).toEqual(['pro subscribed stripe', 'business upgrade stripe']);
  });

  it('is given up with its period, or is not after all', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    await change(id, { cancel_at_period_end: true });
    expect(await world.phases(id)).toEqual(['pro subscribed stripe', 'free cancel invoice']);
    await change(id, { cancel_at_period_end: false });
    expect(await world.phases(id)).toEqual(['pro subscribed stripe']);
    await change(id, { plan: 'free' });
    await world.pass(40 * DAY_MS);
    expect(world.subscriptionOf(id).status).toBe('canceled');
    expect([await world.plan(id), await world.phases(id)]).toEqual([
      'free',
      ['pro subscribed stripe', 'free cancel invoice'],
    ]);
    // Another begins.
    await subscribe(id, 'business');
    expect(await world.plan(id)).toBe('business');
  });

  it('is followed by a lower one when its period is over; until then that is undone, and a higher one costs the difference to it', async () => {
    const id = await world.payer();
    await subscribe(id, 'business');
    await change(id, { plan: 'starter' });
    expect(await world.phases(id)).toEqual(['business subscribed stripe', 'starter downgrade stripe']);
    await change(id, { plan: 'business' });
    expect(await world.phases(id)).toEqual(['business subscribed stripe']);
    await change(id, { plan: 'starter' });
    await change(id, { plan: 'enterprise' });
    expect(await world.phases(id)).toEqual(['business subscribed stripe', 'enterprise upgrade stripe']);
    const [invoice] = world.peer.world.invoices.newestFirst();
    const [credited] = world.peer.world.lines.get(invoice!.id)!;
    const business = world.peer.world.prices.all().find(({ nickname }) => nickname?.startsWith('Business'))!;
    const month = periodAt('2027-05-10', world.time.now);
    const share = (month.to.getTime() - world.time.now.getTime()) / (month.to.getTime() - month.from.getTime());
    expect(credited!.amount).toBe(-Math.round(business.unit_amount! * share));
  });

  it('is changed in the portal as well, and there given up at once', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    await world.newPayments().checkout(await world.payer(), 'business');
    const business = world.peer.world.prices.all().find(({ nickname }) => nickname?.startsWith('Business'))!;
    world.peer.changePrice(world.subscriptionOf(id).id, business.id);
    await world.peer.webhooks.settled();
    expect(await world.plan(id)).toBe('business');
    world.peer.giveCard(customerOf(id), { brand: 'mastercard', last4: '4444' });
    await world.peer.webhooks.settled();
    expect((await world.newPayments().get(id)).payment_method).toMatchObject({ brand: 'mastercard', last4: '4444' });
    expect((await world.newPayments().portal(id)).url).toContain('/pages/portal/');
    world.peer.cancelInPortal(world.subscriptionOf(id).id, 'now');
    await world.peer.webhooks.settled();
    expect([await world.plan(id), world.failures]).toEqual(['free', []]);
  });

  it('is what Stripe says in the end, in whatever order and however often its events come', async () => {
    for (let seed = 0; seed < 6; seed += 1) {
      const id = await world.payer();
      world.peer.webhooks.hold();
      await world.newPayments().checkout(id, 'pro');
      world.peer.completeCheckout(openSessions().find((one) => one.client_reference_id === id)!.id);
      const subscription = world.subscriptionOf(id);
      if (seed % 2) world.peer.cancelInPortal(subscription.id, 'at_period_end');
      if (seed % 3 === 2) world.peer.cancelInPortal(subscription.id, 'now');
      const order = (place: number) => (place * 7919 + seed * 104_729) % 1009;
      await world.peer.webhooks.deliver((pending) =>
        [...pending, ...pending]
          .map((event, place) => ({ event, place }))
          .sort((a, b) => order(a.place) - order(b.place))
          .map(({ event }) => event),
      );
      const expected = seed % 3 === 2 ? ['free'] : ['pro'];
      expect([await world.plan(id)]).toEqual(expected);
      const pending = (await world.subscriptions.get(id)).pending_change?.plan ?? null;
      expect(pending).toBe(seed % 2 && seed % 3 !== 2 ? 'free' : null);
      await world.peer.webhooks.release();
    }
    expect(world.failures).toEqual([]);
  });

  it('changes here even if the process dies right after Stripe was told', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    const { id: subscription, items } = world.subscriptionOf(id);
    await world.newPayments().checkout(await world.payer(), 'starter');
    const starter = world.peer.world.prices.all().find(({ nickname }) => nickname?.startsWith('Starter'))!;
    // As changeTo does it, and no further.
    await world.link.client.call('subscription', (sdk) =>
      sdk.subscriptions.update(subscription, {
        items: [{ id: items.data[0]!.id, price: starter.id }],
        proration_behavior: 'none',
      }),
    );
    await world.peer.webhooks.settled();
    expect(await world.phases(id)).toEqual(['pro subscribed stripe', 'starter downgrade stripe']);
  });
});
