import fc from 'fast-check';
import { periodAt } from '@/kernel/billing-period';
import { createOrganization, createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { type NewPlanVersion } from './contracts';
import { createEntitlementReader } from './entitlement-reader';
import { createPlanCatalogue } from './plan-catalogue';
import { planView } from './plan-view';
import { planView as planViewSchema } from './contracts';

const PRO: NewPlanVersion = {
  plan_key: 'pro',
  price_minor: 5900,
  currency: 'USD',
  requests_per_minute: 3000,
  features: { export: true },
  limits: [
    {
      metric: 'api_calls',
      included: 200_000,
      enforcement: 'overage',
      overage_limit: 1_000,
      price: {
        model: 'volume',
        tiers: [
          { up_to: '100', unit_price: '0.001' },
          { up_to: null, unit_price: '0.000900000001' },
        ],
      },
    },
    { metric: 'storage_gb', included: 0.5, enforcement: 'hard' },
  ],
};
const noAudit = async () => undefined;

describe('the catalogue of plans', () => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(() => database.drop());

  it('ships five plans, each of which can be shown', async () => {
    const catalogue = createPlanCatalogue(database);
    const metrics = await catalogue.metrics();
    const plans = (await catalogue.plans()).map((plan) => planViewSchema.parse(planView(plan, metrics)));
    const api = plans.map(({ key, price, requests_per_minute, limits }) => {
      const { included, enforcement } = limits.find(({ metric }) => metric === 'api_calls')!;
      return [key, price, requests_per_minute, included, enforcement];
    });
    expect(api).toEqual([
      ['free', '0.00', 100, 1_000, 'hard'],
      ['starter', '19.00', 500, 10_000, 'overage'],
      ['pro', '49.00', 2_000, 100_000, 'overage'],
      ['business', '199.00', 10_000, 1_000_000, 'overage'],
      ['enterprise', '500.00', 50_000, null, 'hard'],
    ]);
    expect(plans.map(({ limits }) => limits.length)).toEqual([5, 5, 5, 5, 5]);
    expect(plans.map(({ features }) => [features.advanced_analytics, features.max_file_upload_bytes])).toEqual([
      [false, 5_242_880],
      [false, 26_214_400],
      [true, 104_857_600],
      [true, 524_288_000],
      [true, 5_368_709_120],
    ]);
  });

  it('publishes a version as it was written, and leaves who is on an older one there', async () => {
    const catalogue = createPlanCatalogue(database);
    const reader = createEntitlementReader({ pool: database.pool, catalogue });
    const { id: organizationId } = await createOrganization(database.pool);
    const old = await catalogue.plan('pro');
    await database.pool.query(
      `insert into subscription_phases (organization_id, starts_at, plan_version_id, reason) values ($1, '2026-01-01', $2, 'admin')`,
      [organizationId, old.id],
    );

    const published = await catalogue.createPlanVersion(PRO, noAudit);
    expect(published).toMatchObject({ planKey: 'pro', planName: 'Pro', version: 2, priceMinor: 5900, rank: old.rank });
    expect(published.limits.get('api_calls')).toEqual({
      metric: 'api_calls',
      included: 200_000,
      enforcement: 'overage',
      overageLimit: 1_000,
      price: PRO.limits[0]!.price,
      onOutage: 'allow',
    });
    expect((await catalogue.plan('pro')).id).toBe(published.id);
    expect((await reader.read(organizationId, new Date())).plan).toEqual(old);
  });

  it('is known to another process as soon as somebody is put on a new version', async () => {
    const [here, elsewhere] = [createPlanCatalogue(database), createPlanCatalogue(database)];
    await elsewhere.plans();
    const published = await here.createPlanVersion(PRO, noAudit);
    await expect(elsewhere.version(published.id)).resolves.toEqual(published);
    await expect(elsewhere.version('00000000-0000-4000-8000-000000000000')).rejects.toMatchObject({
      code: 'not_found',
    });
  });

  it('numbers versions that are published at once one after the other', async () => {
    const catalogues = Array.from({ length: 4 }, () => createPlanCatalogue(database));
    const published = await Promise.all(catalogues.map((catalogue) => catalogue.createPlanVersion(PRO, noAudit)));
    expect(published.map(({ version }) => version).sort()).toEqual([2, 3, 4, 5]);
  });

  it('publishes nothing where the plan is unknown or the audit log is away', async () => {
    const catalogue = createPlanCatalogue(database);
    await expect(catalogue.createPlanVersion({ ...PRO, plan_key: 'moon' }, noAudit)).rejects.toMatchObject({
      code: 'invalid_request',
      issues: [{ field: 'plan_key' }],
    });
    const failing = () => Promise.reject(new Error('the audit log is away'));
    await expect(catalogue.createPlanVersion(PRO, failing)).rejects.toThrow('the audit log is away');
    const { rows } = await database.pool.query('select count(*)::int as n from plan_versions');
    expect(rows).toEqual([{ n: 5 }]);
  });

  it('lets the database refuse every change of what was published', async () => {
    const refused = (sql: string) =>
      database.pool.query(sql).then(
        () => 'done',
        (error: { code: string }) => error.code,
      );
    for (const sql of [
      'update plan_versions set price_minor = 1',
      'delete from plan_limits',
      'update plan_limits set included = null',
      'delete from plan_versions',
      `insert into plan_limits (plan_version_id, metric, included, enforcement, on_outage)
       select id, 'call_minutes', 1, 'hard', 'deny' from plan_versions limit 1`,
    ]) {
      expect([sql, await refused(sql)]).toEqual([sql, 'TG002']);
    }
    const unique = `with v as (insert into plan_versions (plan_key, version, price_minor, requests_per_minute) values ('pro', 9, 0, 1) returning id)
      select id from v`;
    const client = await database.pool.connect();
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(unique);
    const limited = client.query(
      `insert into plan_limits (plan_version_id, metric, included, enforcement, on_outage) values ($1, 'user_sessions', 1, 'hard', 'deny')`,
      [rows[0]!.id],
    );
    await expect(limited).rejects.toMatchObject({ code: 'TG003' });
    await client.query('rollback');
    client.release();
  });

  it('has the same billing periods in SQL and in TypeScript, on any day', async () => {
    const instant = fc.date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true });
    const pairs = fc.sample(fc.tuple(instant, instant), 2_000).map(([anchor, at]) => ({
      anchor: anchor.toISOString().slice(0, 10),
      at,
    }));
    // Every last day of a month, where clamping happens, at the very instant and just before it.
    for (let month = 0; month < 60; month++) {
      const anchor = new Date(Date.UTC(2024, month + 1, 0)).toISOString().slice(0, 10);
      for (let n = 1; n <= 13; n++) {
        const { to } = periodAt(anchor, new Date(Date.UTC(2024, month + n, 15)));
        pairs.push({ anchor, at: to }, { anchor, at: new Date(to.getTime() - 1) });
      }
    }
    const { rows } = await database.pool.query<{ from: Date; to: Date }>(
      `select p.period_start as from, p.period_end as to
       from unnest($1::date[], $2::timestamptz[]) with ordinality i (anchor, at, place)
       cross join lateral billing_period(i.anchor, i.at) p order by i.place`,
      [pairs.map(({ anchor }) => anchor), pairs.map(({ at }) => at.toISOString())],
    );
    const expected = pairs.map(({ anchor, at }) => periodAt(anchor, at)).map(({ from, to }) => ({ from, to }));
    expect(rows).toEqual(expected);
  });
});
