import { addGrant, createSubscriber, setIncluded, startPlan } from '@/testing/quota-fixture';
import { createTestDatabase, type TestDatabase } from '@/testing/test-database';
import { createEntitlementReader } from './entitlement-reader';
import { createPlanCatalogue } from './plan-catalogue';

const AT = new Date('2026-10-20T12:00:00Z');
const START = new Date('2026-01-01T00:00:00Z');

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  const documents = { metric: 'documents', included: 10, enforcement: 'overage' as const, overage_limit: 5 };
  await createPlanCatalogue(database).createPlanVersion(
    {
      ...{ plan_key: 'business', price_minor: 19_900, currency: 'USD', requests_per_minute: 100, features: {} },
      limits: [{ ...documents, price: { model: 'per_unit', unit_price: '0.35' } }],
    },
    async () => undefined,
  );
});
afterAll(() => database.drop());

interface Terms {
  included: number | null;
  limit_units: number | null;
  enforcement: string | null;
}

describe('what a process believes that holds is what the database lends by', () => {
  const metrics = ['api_calls', 'documents', 'storage_gb', 'members', 'ai_tokens', 'call_minutes'];
  it.each(['free', 'starter', 'business', 'enterprise'])(
    'on the plan %s, for live and for test usage',
    async (plan) => {
      const { pool } = database;
      const reader = createEntitlementReader({ pool, catalogue: createPlanCatalogue({ pool }) });
      const agreements: Record<string, (organizationId: string, metric: string) => Promise<unknown>> = {
        none: async () => undefined,
        override: (id, metric) => setIncluded(pool, id, metric, 7.5),
        'no limit': (id, metric) => setIncluded(pool, id, metric, null),
        grant: (id, metric) => addGrant(pool, id, { metric, units: 0.25, grantedAt: START }),
        'override and grant': async (id, metric) => {
          await setIncluded(pool, id, metric, 0);
          await addGrant(pool, id, { metric, units: 3, grantedAt: START });
        },
      };
      for (const [what, agree] of Object.entries(agreements)) {
        const organizationId = await createSubscriber(pool);
        await startPlan(pool, organizationId, plan, START);
        for (const metric of metrics) await agree(organizationId, metric);
        const { limits, testLimits } = await reader.read(organizationId, AT);
        for (const livemode of [true, false]) {
          for (const metric of metrics) {
            const { rows } = await pool.query<Terms>(
              `select included::float8 as included, limit_units::float8 as limit_units, enforcement
             from quota_terms($1, $2, $3, $4)`,
              [organizationId, livemode, metric, AT],
            );
            const { included, limit_units, enforcement } = rows[0]!;
            const known = (livemode ? limits : testLimits).get(metric);
            const seen = { what, metric, livemode };
            expect({ ...seen, included: known?.included ?? null, limit: known?.limit ?? null }).toEqual({
              ...seen,
              included,
              limit: limit_units,
            });
            if (known) expect({ ...seen, enforcement: known.enforcement }).toEqual({ ...seen, enforcement });
          }
        }
      }
    },
  );
});
