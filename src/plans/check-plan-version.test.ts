import { AppError } from '@/kernel/errors';
import { checkPlanVersion } from './check-plan-version';
import { type NewPlanVersion } from './contracts';
import { type Metric } from './metric-catalogue';

const metric = (key: string, aggregation: Metric['aggregation']): [string, Metric] => [
  key,
  { key, name: key, unit: 'unit', aggregation },
];
const METRICS = new Map([metric('api_calls', 'sum'), metric('storage_gb', 'last'), metric('user_sessions', 'unique')]);

type Limit = NewPlanVersion['limits'][number];
const HARD: Limit = { metric: 'api_calls', included: 100, enforcement: 'hard' };
const PAID: Limit = {
  metric: 'storage_gb',
  included: 5,
  enforcement: 'overage',
  price: { model: 'per_unit', unit_price: '2.00' },
};
const version = (...limits: Limit[]) => ({
  plan_key: 'pro',
  price_minor: 4900,
  currency: 'USD',
  requests_per_minute: 100,
  features: { export: true, retention_days: 30 },
  limits,
});
const tiers = (...ends: (string | null)[]) => ends.map((up_to) => ({ up_to, unit_price: '1' }));

/** Names of the fields that are refused. */
function refusedFields(input: unknown): string[] {
  try {
    checkPlanVersion(input, METRICS);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    expect(error.code).toBe('invalid_request');
    return error.issues.map(({ field }) => field);
  }
}

it('lets what can be enforced and priced pass, with the policy for an outage that goes with it', () => {
  const unlimited: Limit = { metric: 'storage_gb', included: null, enforcement: 'hard' };
  const outages = (...limits: Limit[]) => checkPlanVersion(version(...limits), METRICS).limits.map((l) => l.onOutage);
  expect(outages(HARD, PAID)).toEqual(['deny', 'allow']);
  expect(outages(unlimited)).toEqual(['allow']);
  expect(outages({ ...HARD, on_outage: 'allow' }, { ...PAID, on_outage: 'deny' })).toEqual(['allow', 'deny']);
});

it.each<[string, Limit, string]>([
  ['a metric that is not there', { ...HARD, metric: 'moon_phases' }, 'metric'],
  ['a metric that counts distinct values', { ...HARD, metric: 'user_sessions' }, 'metric'],
  ['a hard limit with a price', { ...HARD, price: { model: 'per_unit', unit_price: '1' } }, 'price'],
  ['a hard limit with an overage limit', { ...HARD, overage_limit: 5 }, 'overage_limit'],
  ['overage without a price', { ...PAID, price: null }, 'price'],
  ['overage of what is unlimited', { ...PAID, included: null }, 'included'],
  ['less than nothing', { ...HARD, included: -1 }, 'included'],
  [
    'a price that is no exact decimal',
    { ...PAID, price: { model: 'per_unit', unit_price: '1e3' } },
    'price.unit_price',
  ],
  [
    'a package of nothing',
    { ...PAID, price: { model: 'package', package_size: '0.0', package_price: '1' } },
    'price.package_size',
  ],
  [
    'tiers that do not ascend',
    { ...PAID, price: { model: 'graduated', tiers: tiers('10', '10', null) } },
    'price.tiers.1.up_to',
  ],
  ['a first tier of nothing', { ...PAID, price: { model: 'volume', tiers: tiers('0', null) } }, 'price.tiers.0.up_to'],
  [
    'a last tier with an end',
    { ...PAID, price: { model: 'graduated', tiers: tiers('10', '20') } },
    'price.tiers.1.up_to',
  ],
  [
    'a tier after the one without an end',
    { ...PAID, price: { model: 'volume', tiers: tiers(null, null) } },
    'price.tiers.0.up_to',
  ],
])('refuses %s, naming the field', (_what, limit, field) => {
  expect(refusedFields(version(limit))).toEqual([`limits.0.${field}`]);
});

it('refuses two limits of one metric', () => {
  expect(refusedFields(version(HARD, PAID, HARD))).toEqual(['limits.2.metric']);
});

it('names everything that is wrong at once, and what it does not know', () => {
  expect(refusedFields({ ...version(), currency: 'dollars', requests_per_minute: 0 })).toEqual([
    'currency',
    'requests_per_minute',
  ]);
  expect(refusedFields({ ...version(), trial_days: 14 })).toEqual(['body']);
});
