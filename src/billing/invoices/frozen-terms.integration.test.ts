import { createSubscriptionService } from '@/plans';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { setIncluded, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

const JANUARY = '2026-01-15T00:00:00Z';
const after = (day: string) => new Date(`${day}T02:00:00Z`);

async function subscriber(plan: string) {
  const { pool } = database;
  const id = await createBilledOrganization(pool, JANUARY);
  await startPlan(pool, id, plan, new Date(JANUARY));
  return { pool, id, billing: billingOn(pool), record: usageOn(pool) };
}

async function adjustments(id: string): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select l.metric || ' ' || trim_scale(l.quantity) || ' of ' || coalesce(l.included::text, 'all') || ': ' || l.amount_minor as line
     from invoice_lines l join invoices i on i.id = l.invoice_id where l.organization_id = $1 and l.kind = 'adjustment' order by i.period_start, l.position`,
    [id],
  );
  return rows.map(({ line }) => line);
}

describe('what late events of a billed period cost', () => {
  it('is said by the terms that held when it was closed, also of what was not used until then', async () => {
    const { pool, id, billing, record } = await subscriber('starter');
    await setIncluded(pool, id, 'documents', null);
    await billing.billNext(id, after('2026-02-15'));
    await setIncluded(pool, id, 'documents', 1);
    await setIncluded(pool, id, 'api_calls', 1);
    await record(id, '2026-01-20T10:00:00Z', { documents: 300, api_calls: 10_500 });
    await billing.billNext(id, after('2026-03-15'));
    // Documents were unlimited then, and 10,000 calls included.
    expect(await adjustments(id)).toEqual(['api_calls 10500 of 10000: 100', 'documents 300 of all: 0']);
  });

  it('reaches a level that lives on into a period which was closed before the one in which it was reported', async () => {
    const { pool, id, billing, record } = await subscriber('starter');
    await pool.query(`select close_period($1, '2026-02-15', $2)`, [id, after('2026-03-15')]);
    await record(id, '2026-01-20T10:00:00Z', { storage_gb: 30 });
    const invoices = [];
    for (let n = 0; n < 2; n += 1) invoices.push((await billing.billNext(id, after('2026-03-15')))!.subtotalMinor);
    expect(invoices).toEqual([3_900, 3_900]);
    expect(await adjustments(id)).toEqual([]);
  });
});

describe('an account', () => {
  it('carries less than the least charge on without invoices that say nothing else', async () => {
    const { pool, id, billing, record } = await subscriber('starter');
    await startPlan(pool, id, 'free', new Date('2026-02-15'));
    await record(id, '2026-01-20T10:00:00Z', { documents: 250 });
    await billing.billNext(id, after('2026-02-15'));
    // 0.10 USD that came late.
    await record(id, '2026-01-21T10:00:00Z', { api_calls: 10_050 });
    const invoiceIds = [];
    for (let n = 3; n < 6; n += 1) invoiceIds.push((await billing.billNext(id, after(`2026-0${n}-15`)))!.invoiceId);
    expect(invoiceIds.map((invoiceId) => invoiceId !== null)).toEqual([true, false, false]);
    const { rows } = await pool.query('select carried_minor from billing_accounts where organization_id = $1', [id]);
    expect(rows).toEqual([{ carried_minor: '10' }]);
  });

  it('is billed in one currency: plans that cost money in another are refused, and the free one is not', async () => {
    const { pool, id, billing } = await subscriber('starter');
    await billing.billNext(id, after('2026-02-15'));
    await pool.query(`insert into plans (key, name, rank) values ('euro', 'Euro', 60)`);
    await pool.query(
      `insert into plan_versions (plan_key, version, price_minor, currency, requests_per_minute) values ('euro', 1, 100, 'EUR', 100)`,
    );
    const service = createSubscriptionService({
      pool,
      catalogue: billingOn(pool).catalogue,
      clock: { now: () => after('2026-02-20') },
      audit: async () => undefined,
    });
    await expect(service.changePlan(id, { kind: 'system' }, 'euro')).rejects.toMatchObject({
      code: 'invalid_request',
      message: 'plan: expected one in USD, which the organization is billed in, received one in EUR',
    });
    await service.changePlan(id, { kind: 'system' }, 'free');
  });

  it('keeps its organization from being removed once it has an invoice', async () => {
    const { pool, id, billing } = await subscriber('starter');
    await billing.billNext(id, after('2026-02-15'));
    await expect(pool.query('delete from organizations where id = $1', [id])).rejects.toMatchObject({ code: '23503' });
  });
});
