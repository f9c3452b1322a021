import { type Pool } from 'pg';
import { createEntitlementReader } from '@/plans';
import { billingOn } from '@/testing/billing-world';
import { OWNER, type PayingWorld, startPayingWorld } from '@/testing/paying-world';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createBilling } from '../../invoices/billing';
import { createBillingAccounts } from '../../invoices/billing-accounts';

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

const HOUR_MS = 3_600_000;

async function preview(id: string, plan: string) {
  const { catalogue, ...periods } = billingOn(pool);
  const billing = createBilling({
    ...{ periods, previews: periods, catalogue, subscriptions: world.subscriptions, graceMs: HOUR_MS },
    accounts: createBillingAccounts({ pool, audit: async () => undefined }),
    entitlements: createEntitlementReader({ pool, catalogue }),
  });
  const charge = await world.newPayments().chargeFor(id, plan);
  return billing.planChange(id, OWNER, plan, world.time.now, charge);
}
/** What Stripe charged last, in major units. */
const charged = (id: string) => {
  const { customer } = world.subscriptionOf(id);
  const last = world.peer.world.invoices.all().filter((invoice) => invoice.customer === customer);
  return ((last.at(-1)?.total ?? NaN) / 100).toFixed(2);
};
async function subscribe(id: string, plan: string): Promise<void> {
  const { url } = await world.newPayments().checkout(id, plan);
  world.peer.completeCheckout(world.peer.world.checkoutSessions.all().find((session) => session.url === url)!.id);
  await world.peer.webhooks.settled();
}

describe('what a change of plan costs where it is paid at Stripe', () => {
  it('is now what the page charges if it is paid at once, and with the next invoice the month after in advance', async () => {
    const id = await world.payer();
    const before = await world.phases(id);
    const told = await preview(id, 'pro');
    expect(await world.phases(id)).toEqual(before);
    expect(told).toMatchObject({ payment: 'checkout', at_once: true, price: '49.00' });
    expect(told.next_invoice.fees).toEqual([
      { description: expect.stringMatching(/^Pro plan from .* on, a month in advance$/) as string, amount: '49.00' },
    ]);
    expect([told.next_invoice.projected_total, told.next_invoice.projected_total_without]).toEqual(['49.00', '0.00']);
    await subscribe(id, 'pro');
    expect(told.due_now).toBe(charged(id));
    expect(Number(told.due_now)).toBeGreaterThan(0);
  });

  it('is the difference for what is left, by the same cent that Stripe charges', async () => {
    const id = await world.payer();
    await subscribe(id, 'starter');
    await world.pass(77 * HOUR_MS + 1_234_567);
    const told = await preview(id, 'business');
    expect(told).toMatchObject({ payment: 'subscription', at_once: true });
    expect(told.next_invoice.projected_total_without).toBe('19.00');
    await world.newPayments().change(id, OWNER, { plan: 'business' });
    expect(told.due_now).toBe(charged(id));
    expect(Number(told.due_now)).toBeGreaterThan(0);
  });

  it('is nothing now of a lower plan and of none, which hold from the end of the period on', async () => {
    const id = await world.payer();
    await subscribe(id, 'pro');
    await world.pass(HOUR_MS);
    const lower = await preview(id, 'starter');
    expect(lower).toMatchObject({ payment: 'subscription', due_now: '0.00', at_once: false });
    expect(lower.next_invoice).toMatchObject({ fees_total: '19.00', projected_total_without: '49.00' });
    const none = await preview(id, 'free');
    expect(none).toMatchObject({ payment: 'subscription', due_now: '0.00', at_once: false, price: '0.00' });
    expect(none.effective_at).toBe(lower.effective_at);
    expect(none.next_invoice).toMatchObject({ fees: [], projected_total_without: '49.00' });
    expect(await world.phases(id)).toEqual(['pro subscribed stripe']);
  });

  it('is settled with invoices where the plan is not paid there and none is to be paid first', async () => {
    const id = await world.payer();
    expect(await world.newPayments().chargeFor(id, 'free')).toBeNull();
    await expect(preview(id, 'platinum')).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is refused while a payment that failed is open', async () => {
    const id = await world.payer();
    await subscribe(id, 'starter');
    await pool.query(
      `update billing_accounts set failing_since = $2, restricted_at = $2,
         restricted_from = (select plan_version_id from subscription_phases p where p.organization_id = $1 order by starts_at desc limit 1)
       where organization_id = $1`,
      [id, world.time.now],
    );
    await expect(preview(id, 'pro')).rejects.toMatchObject({ code: 'payment_required' });
  });
});
