import fc from 'fast-check';
import { type Adjustments, type MetricLimit, type PlanVersion } from './contracts';
import { type PriceModel } from '@/rating/contracts';
import { suggestUpgrade } from './suggest-upgrade';

const limit = (metric: string, included: number | null, price: PriceModel | null = null): MetricLimit => ({
  metric,
  included,
  enforcement: price ? 'overage' : 'hard',
  overageLimit: null,
  price,
  onOutage: price ? 'allow' : 'deny',
});
const perUnit = (unit_price: string): PriceModel => ({ model: 'per_unit', unit_price });
const plan = (planKey: string, rank: number, priceMinor: number, ...limits: MetricLimit[]): PlanVersion => ({
  id: planKey,
  planKey,
  planName: planKey,
  rank,
  version: 1,
  priceMinor,
  currency: 'USD',
  requestsPerMinute: 100,
  features: {},
  limits: new Map(limits.map((each) => [each.metric, each])),
});

const FREE = plan('free', 10, 0, limit('api_calls', 1_000));
const STARTER = plan('starter', 20, 1_900, limit('api_calls', 10_000, perUnit('0.002')));
const PRO = plan('pro', 30, 4_900, limit('api_calls', 100_000, perUnit('0.001')));
const ENTERPRISE = plan('enterprise', 50, 50_000, limit('api_calls', null));
const PLANS = [FREE, STARTER, PRO, ENTERPRISE];

const NOTHING: Adjustments = { overrides: {}, granted: {} };
const suggest = (plan: PlanVersion, calls: number, plans = PLANS, adjustments = NOTHING) =>
  suggestUpgrade({ usage: new Map([['api_calls', calls]]), plans, present: { plan, adjustments } });
const summary = (present: PlanVersion, calls: number, adjustments = NOTHING) => {
  const found = suggest(present, calls, PLANS, adjustments);
  return found && [found.direction, found.plan.planKey, found.costMinor, found.presentCostMinor];
};

it('names the cheapest plan that fits, what it would cost and what the present one costs', () => {
  expect(summary(FREE, 1_001)).toEqual(['upgrade', 'starter', 1_900, null]);
  // 15,000 calls of overage at $0.002 make starter as dear as pro; a thousand more make it dearer.
  expect(summary(STARTER, 25_000)).toBeNull();
  expect(summary(STARTER, 26_000)).toEqual(['upgrade', 'pro', 4_900, 5_100]);
  expect(summary(PRO, 600_000)).toEqual(['upgrade', 'enterprise', 50_000, 54_900]);
  expect(summary(PRO, 500)).toEqual(['downgrade', 'free', 0, 4_900]);
});

it('names nothing where the present plan is the cheapest that fits', () => {
  expect([suggest(FREE, 1_000), suggest(STARTER, 12_000), suggest(ENTERPRISE, 10_000_000)]).toEqual([null, null, null]);
});

it('names nothing where no plan fits', () => {
  expect(suggest(FREE, 5_000, [FREE])).toBeNull();
  const capped = plan('capped', 20, 100, { ...limit('api_calls', 10, perUnit('1')), overageLimit: 5 });
  expect(suggest(FREE, 2_000, [FREE, capped])).toBeNull();
});

it('counts overrides and grants on every plan, as they would hold on it', () => {
  const granted = { overrides: {}, granted: { api_calls: 500 } };
  expect(summary(FREE, 1_500, granted)).toBeNull();
  expect(summary(FREE, 1_501, granted)).toEqual(['upgrade', 'starter', 1_900, null]);
  expect(summary(STARTER, 10_600, granted)).toEqual(null);
  // 50,000 calls are included by an agreement, so there is nothing to pay for, and more is no cheaper elsewhere.
  const agreed = { overrides: { api_calls: 50_000 }, granted: {} };
  expect([summary(FREE, 50_000, agreed), summary(STARTER, 50_000, agreed)?.slice(0, 2)]).toEqual([
    null,
    ['downgrade', 'free'],
  ]);
  // A plan that includes more does not, where the agreement takes its place.
  expect(summary(STARTER, 51_000, { overrides: { api_calls: 1_000 }, granted: {} })).toEqual([
    ...['upgrade', 'pro', 4_900 + 5_000, 1_900 + 10_000],
  ]);
  const hard = plan('hard', 20, 100, limit('api_calls', 90_000));
  expect(suggest(FREE, 60_000, [FREE, hard], agreed)).toBeNull();
});

it('does not compare plans in another currency', () => {
  expect(suggest(FREE, 5_000, [FREE, { ...STARTER, currency: 'EUR' }])).toBeNull();
});

it('never names a plan that costs more than the present one, or than another that fits', () => {
  const calls = fc.integer({ min: 0, max: 5_000_000 });
  fc.assert(
    fc.property(calls, fc.constantFrom(...PLANS), (used, present) => {
      const found = suggest(present, used);
      if (!found) return;
      expect(found.costMinor).toBeLessThan(found.presentCostMinor ?? Infinity);
      // Were it the present plan, none would be better.
      expect(suggest(found.plan, used)).toBeNull();
    }),
  );
});
