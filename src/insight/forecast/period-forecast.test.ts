import { type EffectiveLimit } from '@/plans/contracts';
import { forecast } from './forecast';
import { forecastPeriod } from './period-forecast';

const TODAY = new Date('2026-03-21T00:00:00Z');
const PERIOD = { from: new Date('2026-03-01T00:00:00Z'), to: new Date('2026-04-01T00:00:00Z') };
/** A hundred a day, always: eleven days are left. */
const STEADY = forecast(Array(60).fill(100), { season: 7, horizon: 30, model: 'auto' });

const limitOf = (more: Partial<EffectiveLimit> = {}): EffectiveLimit => ({
  metric: 'api_calls',
  aggregation: 'sum',
  included: 2_500,
  enforcement: 'overage',
  overageLimit: null,
  limit: null,
  price: { model: 'per_unit', unit_price: '0.02' },
  onOutage: 'allow',
  ...more,
});
const periodOf = (limit: EffectiveLimit | null, usedToday = 40, currency: string | null = 'USD') =>
  forecastPeriod(STEADY, { period: PERIOD, used: 2_000 + usedToday, usedToday, today: TODAY, limit, currency });

it('adds the days that are left to what was used before today, and says on which day the quota is used up, and what is beyond it', () => {
  expect(periodOf(limitOf())).toMatchObject({
    used: 2_040,
    total: { mean: expect.closeTo(3_100, 3) as number },
    will_exceed_quota: true,
    exceeds_on: '2026-03-26',
    overage: { mean: expect.closeTo(600, 3) as number, cost: { currency: 'USD', mean: '12.00' } },
  });
  expect(periodOf(limitOf()).probability).toBeGreaterThan(0.9);
  expect(periodOf(limitOf({ included: 5_000 }))).toMatchObject({ will_exceed_quota: false, exceeds_on: null });
  expect(periodOf(limitOf({ included: 5_000 })).probability).toBeLessThan(0.1);
});

it('counts today as what it is already, where that is more than was expected of it', () => {
  expect(periodOf(limitOf(), 1_000)).toMatchObject({ total: { mean: expect.closeTo(4_000, 3) as number } });
  expect(periodOf(limitOf(), 600)).toMatchObject({ exceeds_on: '2026-03-21', probability: 1 });
});

it('is never beyond where use ends, and costs nothing in test mode or without a limit', () => {
  expect(periodOf(limitOf({ enforcement: 'hard', limit: 2_500, price: null }))).toMatchObject({
    total: { mean: 2_500, hi: 2_500 },
    will_exceed_quota: true,
    overage: { mean: 0, hi: 0, cost: null },
  });
  expect(periodOf(limitOf(), 40, null).overage.cost).toBeNull();
  expect(periodOf(null)).toMatchObject({ quota: null, probability: null, exceeds_on: null, overage: { hi: 0 } });
});
