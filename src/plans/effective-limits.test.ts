import { type MetricLimit, type PlanVersion } from './contracts';
import { entitlementsOf } from './effective-limits';
import { type Metric } from './metric-catalogue';
import { type SubscriptionTerms } from './subscription-queries';

const METRICS = new Map<string, Metric>(
  (['api_calls', 'storage_gb', 'documents', 'call_minutes'] as const).map((key) => [
    key,
    { key, name: key, unit: 'unit', aggregation: key === 'storage_gb' ? 'last' : 'sum' },
  ]),
);
const OVERAGE: Omit<MetricLimit, 'metric' | 'included'> = {
  enforcement: 'overage',
  overageLimit: null,
  price: { model: 'per_unit', unit_price: '1' },
  onOutage: 'allow',
};
const HARD: typeof OVERAGE = { enforcement: 'hard', overageLimit: null, price: null, onOutage: 'deny' };
const PLAN: PlanVersion = {
  id: 'version',
  planKey: 'pro',
  planName: 'Pro',
  rank: 30,
  version: 1,
  priceMinor: 4900,
  currency: 'USD',
  requestsPerMinute: 100,
  features: {},
  limits: new Map([
    ['api_calls', { ...HARD, metric: 'api_calls', included: 1_000 }],
    ['storage_gb', { ...OVERAGE, metric: 'storage_gb', included: 0.1 }],
    ['documents', { ...OVERAGE, metric: 'documents', included: 10, overageLimit: 5 }],
  ]),
};
const TERMS: SubscriptionTerms = {
  organizationId: 'organization',
  spendCapMinor: null,
  period: { from: new Date('2026-11-01'), to: new Date('2026-12-01') },
  planVersionId: PLAN.id,
  next: null,
  overrides: {},
  granted: {},
  nextGrantChange: null,
};
const read = (terms: Partial<SubscriptionTerms> = {}) => entitlementsOf({ ...TERMS, ...terms }, PLAN, METRICS);
const limits = (terms?: Partial<SubscriptionTerms>) =>
  Object.fromEntries([...read(terms).limits].map(([metric, { included, limit }]) => [metric, [included, limit]]));

it('ends use where the plan does: at what is included, after the overage limit, or nowhere', () => {
  expect(limits()).toEqual({ api_calls: [1_000, 1_000], storage_gb: [0.1, null], documents: [10, 15] });
});

it('adds grants to what is included, exactly', () => {
  expect(limits({ granted: { api_calls: 500, storage_gb: 0.2, documents: 1 } })).toEqual({
    api_calls: [1_500, 1_500],
    storage_gb: [0.3, null],
    documents: [11, 16],
  });
});

it('puts an override in the place of what the plan includes, and grants on top of it', () => {
  expect(limits({ overrides: { api_calls: 10, documents: null }, granted: { api_calls: 5, documents: 5 } })).toEqual({
    api_calls: [15, 15],
    storage_gb: [0.1, null],
    documents: [null, null],
  });
});

it('limits what the plan does not, where an override says so; a grant alone limits nothing', () => {
  expect(limits({ overrides: { call_minutes: 60 } })).toMatchObject({ call_minutes: [60, 60] });
  expect(read({ overrides: { call_minutes: 60 } }).limits.get('call_minutes')).toMatchObject(HARD);
  expect(limits({ granted: { call_minutes: 60 } })).not.toHaveProperty('call_minutes');
});

it('holds until the first thing that changes by itself', () => {
  const at = (text: string) => new Date(text);
  const next = { startsAt: at('2026-11-20'), planVersionId: 'other', reason: 'downgrade' };
  expect(read().validUntil).toEqual(TERMS.period.to);
  expect(read({ next }).validUntil).toEqual(next.startsAt);
  expect(read({ next, nextGrantChange: at('2026-11-10') }).validUntil).toEqual(at('2026-11-10'));
  expect(read({ nextGrantChange: at('2027-01-01') }).validUntil).toEqual(TERMS.period.to);
});
