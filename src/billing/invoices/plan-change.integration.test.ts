import { createEntitlementReader, createSubscriptionService } from '@/plans';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createBilling } from './billing';
import { createBillingAccounts } from './billing-accounts';
import { createInvoiceQueries } from './invoice-queries';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

const START = '2026-01-15T00:00:00Z';
const NOW = new Date('2026-02-04T15:00:00Z');
const END = new Date('2026-02-15T00:00:00Z');
const actor = { kind: 'system' as const };

function world() {
  const { pool } = database;
  const { catalogue, ...periods } = billingOn(pool);
  const subscriptions = createSubscriptionService({
    ...{ pool, catalogue, clock: { now: () => NOW } },
    audit: async () => undefined,
  });
  const billing = createBilling({
    ...{ periods, previews: periods, catalogue, subscriptions, graceMs: 3_600_000 },
    accounts: createBillingAccounts({ pool, audit: async () => undefined }),
    entitlements: createEntitlementReader({ pool, catalogue }),
  });
  return { pool, billing, subscriptions };
}

async function phasesOf(organizationId: string): Promise<unknown[]> {
  const { rows } = await database.pool.query<Record<string, unknown>>(
    'select starts_at, plan_version_id, reason from subscription_phases where organization_id = $1 order by starts_at',
    [organizationId],
  );
  return rows;
}

async function subscribed(): Promise<string> {
  const id = await createBilledOrganization(database.pool, START);
  await startPlan(database.pool, id, 'starter', new Date(START));
  await usageOn(database.pool)(id, '2026-01-20T10:00:00Z', { documents: 260 });
  return id;
}

describe('what a change of plan would cost', () => {
  it('is what it costs when it is made, and asking changes nothing', async () => {
    const { pool, billing, subscriptions } = world();
    const id = await subscribed();
    const before = await phasesOf(id);
    const preview = await billing.planChange(id, actor, 'pro', NOW);
    expect(await phasesOf(id)).toEqual(before);
    expect(preview).toMatchObject({ plan: 'pro', at_once: true, effective_at: NOW.toISOString(), due_now: '0.00' });
    expect(preview.price).toBe('49.00');

    await subscriptions.changePlan(id, actor, 'pro');
    expect((await billing.upcoming(id, NOW)).projected.total).toBe(preview.next_invoice.projected_total);
    const { invoiceId } = (await billing.billNext(id, new Date('2026-02-15T02:00:00Z')))!;
    const { lines } = await createInvoiceQueries({ pool }).get(id, invoiceId!, { drafts: true });
    const fees = lines.filter(({ kind }) => kind === 'plan');
    // 19.00 × 20 ÷ 31, and 49.00 × 11 ÷ 31.
    expect(fees.map(({ amount }) => amount)).toEqual(['12.26', '17.39']);
    expect(preview.next_invoice.fees).toEqual(fees.map(({ description, amount }) => ({ description, amount })));
    expect(preview.next_invoice.fees_total).toBe('29.65');
  });

  it('leaves the running period as it is where the plan holds from its end on', async () => {
    const { billing } = world();
    const id = await subscribed();
    const preview = await billing.planChange(id, actor, 'free', NOW);
    expect(preview).toMatchObject({ at_once: false, effective_at: END.toISOString(), price: '0.00' });
    const { projected_total, projected_total_without, fees_total } = preview.next_invoice;
    expect(projected_total).toBe(projected_total_without);
    expect(fees_total).toBe('19.00');
  });

  it('is refused for a plan that does not exist', async () => {
    const { billing } = world();
    const id = await subscribed();
    await expect(billing.planChange(id, actor, 'no_such', NOW)).rejects.toMatchObject({ code: 'invalid_request' });
  });
});
