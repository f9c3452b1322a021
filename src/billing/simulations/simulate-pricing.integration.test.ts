import { type NewPlanVersion } from '@/plans/contracts';
import { billingOn, createBilledOrganization, usageOn } from '@/testing/billing-world';
import { setIncluded, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createPricingSimulations } from './simulate-pricing';
import { type Simulation, simulationInput } from './simulation-contracts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await database.pool.query(`select ensure_usage_partition(now()::date)`);
});
afterAll(() => database.drop());

type Draft = Omit<NewPlanVersion, 'plan_key'>;
const JANUARY = '2026-01-15T00:00:00Z';
const RANGE = { plan_key: 'starter', from: '2026-01-01', to: '2026-03-01' };

/** The terms of the starter plan, with its documents changed. */
async function starter(documents: { included?: number; unitPrice?: string } = {}): Promise<Draft> {
  const plan = await billingOn(database.pool).catalogue.plan('starter');
  return {
    price_minor: plan.priceMinor,
    currency: plan.currency,
    requests_per_minute: plan.requestsPerMinute,
    features: plan.features,
    limits: [...plan.limits.values()].map(({ metric, included, enforcement, overageLimit, price }) => ({
      metric,
      included: metric === 'documents' ? (documents.included ?? included) : included,
      enforcement,
      overage_limit: overageLimit,
      price:
        metric === 'documents' && documents.unitPrice
          ? { model: 'per_unit' as const, unit_price: documents.unitPrice }
          : price,
    })),
  };
}

function simulate(draft: Draft, over: object = {}, monotonicMs = () => 0): Promise<Simulation> {
  const { pool } = database;
  const { catalogue } = billingOn(pool);
  const clock = { now: () => new Date('2026-03-01T12:00:00Z') };
  const simulations = createPricingSimulations({ pool, catalogue, clock, monotonicMs, budgetMs: 1_000 });
  return simulations.simulate(simulationInput.parse({ ...RANGE, draft, ...over }));
}
const differenceOf = ({ data }: Simulation, id: string) =>
  data.find((one) => one.organization_id === id)?.difference_minor;

/** On the starter plan since January, that period billed, and the next under way. */
async function customer(
  january: number,
  february: number,
  prepare: (id: string) => Promise<void> = async () => undefined,
) {
  const { pool } = database;
  const id = await createBilledOrganization(pool, JANUARY);
  await startPlan(pool, id, 'starter', new Date(JANUARY));
  await prepare(id);
  const record = usageOn(pool);
  if (january > 0) await record(id, '2026-01-20T10:00:00Z', { documents: january, ai_tokens: 300_500 });
  await billingOn(pool).billNext(id, new Date('2026-02-15T02:00:00Z'));
  if (february > 0) await record(id, '2026-02-20T10:00:00Z', { documents: february });
  return id;
}
const written = async () =>
  (
    await database.pool.query(
      `select (select count(*) from plan_versions) as versions, (select count(*) from closed_periods) as closed, (select count(*) from invoice_lines) as lines,
         (select jsonb_agg(a order by a.organization_id) from billing_accounts a) as accounts, (select count(*) from audit_log) as audited`,
    )
  ).rows[0] as object;

describe('trying prices on the past', () => {
  it('changes nothing to the cent under the terms that held, and says what was billed', async () => {
    const id = await customer(260, 252);
    const { data, failed, totals, next_cursor } = await simulate(await starter());
    // 19.00 + 10 documents at 0.50 + 51 packages at 0.02, which is what the invoice says; then 19.00 + 2 documents.
    expect(data.find((one) => one.organization_id === id)).toMatchObject({
      periods: 2,
      old: '45.02',
      new: '45.02',
      difference: '0.00',
    });
    expect({ failed, next_cursor }).toEqual({ failed: [], next_cursor: null });
    expect(totals).toMatchObject([{ currency: 'USD', winners: 0, losers: 0, difference_minor: 0 }]);
    const { rows } = await database.pool.query(
      'select subtotal_minor::integer as billed from invoices where organization_id = $1',
      [id],
    );
    expect(rows).toEqual([{ billed: 2_502 }]);
  });

  it('charges a dearer unit for exactly the units of overage, and writes nothing', async () => {
    const [over, within] = [await customer(260, 252), await customer(10, 0)];
    const before = await written();
    const simulation = await simulate(await starter({ unitPrice: '0.75' }));
    expect(await written()).toEqual(before);
    // 10 and 2 documents at 0.25 more.
    expect(differenceOf(simulation, over)).toBe(300);
    expect(differenceOf(simulation, within)).toBe(0);
    expect(simulation.totals[0]).toMatchObject({ winners: 0 });
  });

  it('keeps what was granted beyond the plan, and what was set in its place', async () => {
    const overridden = await customer(310, 0, (id) => setIncluded(database.pool, id, 'documents', 300));
    const granted = await customer(280, 0, async (id) => {
      await database.pool.query(
        `insert into quota_grants (organization_id, metric, units, reason, granted_by, granted_at) values ($1, 'documents', 20, 'test', 'test', $2)`,
        [id, JANUARY],
      );
    });
    const simulation = await simulate(await starter({ included: 150 }));
    expect(differenceOf(simulation, overridden)).toBe(0);
    // 270 were included, 170 are: 100 documents more at 0.50.
    expect(differenceOf(simulation, granted)).toBe(5_000);
  });

  it('changes only the days under that plan, and leaves out who never was on it', async () => {
    const { pool } = database;
    const upgraded = await customer(0, 0, (id) => startPlan(pool, id, 'pro', new Date('2026-01-25T00:00:00Z')));
    const pro = await createBilledOrganization(pool, JANUARY);
    await startPlan(pool, pro, 'pro', new Date(JANUARY));
    const simulation = await simulate({ ...(await starter()), price_minor: 3_100 });
    // 10 of 31 days: 6.13 and 10.00.
    expect(simulation.data.find((one) => one.organization_id === upgraded)).toMatchObject({
      periods: 1,
      difference_minor: 387,
    });
    expect(differenceOf(simulation, pro)).toBeUndefined();
  });

  it('comes in pages that add up to the whole, also where its time ends a page', async () => {
    const draft = await starter({ unitPrice: '0.75' });
    const whole = await simulate(draft);
    let nowMs = 0;
    const late = () => (nowMs += 5_000);
    for (const [limit, monotonicMs] of [
      [2, () => 0],
      [500, late],
    ] as const) {
      const paged: Simulation['data'] = [];
      let cursor: string | null = null;
      do {
        const page: Simulation = await simulate(draft, { limit, ...(cursor !== null && { cursor }) }, monotonicMs);
        paged.push(...page.data);
        cursor = page.next_cursor;
      } while (cursor !== null);
      expect(paged).toEqual(whole.data);
    }
  });

  it('tells whom it cannot price, and what is wrong with a draft by its field', async () => {
    const id = await customer(260, 0);
    const { failed, data } = await simulate({ ...(await starter()), currency: 'EUR' });
    expect(failed.find((one) => one.organization_id === id)?.reason).toContain('expected prices in USD');
    expect(data).toEqual([]);
    const [limit] = (await starter()).limits;
    await expect(simulate({ ...(await starter()), limits: [limit!, limit!] })).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'draft.limits.1.metric' }],
    });
    await expect(simulate(await starter(), { plan_key: 'nowhere' })).rejects.toMatchObject({
      issues: [{ field: 'plan_key' }],
    });
    for (const wrong of [{ to: '2026-01-01' }, { to: '2027-03-01' }, { limit: 501 }, { from: '2026-02-30' }])
      expect(simulationInput.safeParse({ ...RANGE, draft: await starter(), ...wrong }).success).toBe(false);
  });
});
