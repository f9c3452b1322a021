import fc from 'fast-check';
import { pino } from 'pino';
import { type Adjustments, type EffectiveLimit, type Entitlements, type PlanVersion } from '@/plans/contracts';
import { denialOf, outageAllowance, ruleOf, unitsOf, upgradeFor } from './decide-quota';
import { createOutageAllowance } from './outage-allowance';
import { parseCounter } from './quota-listener';
import { ceilingOf } from '../spend-cap';
import { createStoreOutage } from './store-outage';

const limitOf = (more: Partial<EffectiveLimit> = {}): EffectiveLimit => ({
  ...{ metric: 'api_calls', included: 1_000, enforcement: 'hard', overageLimit: null, price: null, onOutage: 'deny' },
  ...{ limit: 1_000, aggregation: 'sum' },
  ...more,
});
const overage = (more: Partial<EffectiveLimit> = {}) =>
  limitOf({ enforcement: 'overage', limit: null, price: { model: 'per_unit', unit_price: '0.01' }, ...more });

const planOf = (planKey: string, rank: number, limits: EffectiveLimit[]): PlanVersion => ({
  ...{ id: planKey, planKey, planName: planKey, rank, version: 1, priceMinor: 0, currency: 'USD' },
  ...{ requestsPerMinute: 100, features: {}, limits: new Map(limits.map((limit) => [limit.metric, limit])) },
});
const entitlementsOf = (limits: EffectiveLimit[]): Entitlements => ({
  organizationId: 'organization',
  plan: planOf('free', 10, limits),
  period: { from: new Date('2026-01-01T00:00:00Z'), to: new Date('2026-02-01T00:00:00Z') },
  limits: new Map(limits.map((limit) => [limit.metric, limit])),
  testLimits: new Map(),
  adjustments: { overrides: {}, granted: {} },
  spendCapMinor: null,
  validUntil: new Date('2026-02-01T00:00:00Z'),
});

describe('the rule of a metric', () => {
  it('asks nothing of what has no bound', () => {
    expect(ruleOf(limitOf({ included: null, limit: null }), null).kind).toBe('unbounded');
    expect(ruleOf(overage(), null).kind).toBe('unbounded');
    expect(ruleOf(limitOf({ aggregation: 'unique' }), null).kind).toBe('unbounded');
  });

  it('bounds overage by its limit and by a spend cap, and what is hard by its limit alone', () => {
    expect(ruleOf(overage({ limit: 1_500 }), null)).toMatchObject({ kind: 'leased', most: 1_500, capped: false });
    expect(ruleOf(overage(), 5_000)).toMatchObject({ kind: 'leased', most: Infinity, capped: true });
    expect(ruleOf(limitOf(), 5_000)).toMatchObject({ kind: 'leased', most: 1_000, capped: false });
  });

  it('compares a gauge with its limit', () => {
    expect(ruleOf(limitOf({ aggregation: 'max' }), null)).toMatchObject({ kind: 'gauge', most: 1_000 });
  });

  it('takes one unit of what counts events, and refuses costs that are no quantity', () => {
    expect(unitsOf(limitOf({ aggregation: 'count' }), 42)).toBe(1);
    expect(unitsOf(limitOf(), 2.5)).toBe(2.5);
    for (const cost of [-1, NaN, Infinity, 'text']) expect(() => unitsOf(limitOf(), cost)).toThrow('finite number');
  });
});

describe('a denial', () => {
  const limits = [limitOf()];
  const plans = [
    planOf('free', 10, limits),
    planOf('business', 40, [limitOf({ included: 9 })]),
    planOf('pro', 30, [overage()]),
  ];
  const deny = (
    cost: number,
    limit = limitOf(),
    limitUnits: number | null = 1_000,
    lent: { leased: number; fitsInMs: number | null; used?: number } = { leased: 0, fitsInMs: null },
  ) => {
    const rule = ruleOf(limit, null);
    if (rule.kind === 'unbounded') throw new Error('unbounded');
    const terms = { used: 998, limitUnits, ...lent };
    const entitlements = entitlementsOf(limits);
    return denialOf({ reason: 'quota', metric: limit.metric, rule, cost, livemode: true, terms, entitlements, plans });
  };

  it('names the moment at which units that are on their way back suffice, and the period’s end where they do not', () => {
    const lent = { used: 40, leased: 60, fitsInMs: 30_000 };
    expect(deny(10, limitOf(), 100, lent)).toMatchObject({ used: 40, leased: 60, fitsInMs: 30_000 });
    expect(deny(60, limitOf(), 100, lent)).toMatchObject({ fitsInMs: 30_000 });
    expect(deny(61, limitOf(), 100, lent)).toMatchObject({ fitsInMs: null, resetAtMs: Date.UTC(2026, 1, 1) });
  });

  it('names the limit, its end and the next plan that allows more', () => {
    expect(deny(3)).toEqual({
      ...{ limit: 'quota', metric: 'api_calls', used: 998, leased: 0, limitUnits: 1_000, cost: 3, planKey: 'free' },
      ...{ resetAtMs: Date.UTC(2026, 1, 1), fitsInMs: null, upgradeTo: 'pro', paymentOnly: false },
    });
  });

  it('names a plan only if it would allow this organization more, with its override and grants', () => {
    const [free, more, unlimited] = [
      planOf('free', 10, [limitOf()]),
      planOf('more', 20, [limitOf({ included: 5_000 })]),
      planOf('unlimited', 30, [limitOf({ included: null })]),
    ];
    const upgrade = (plan: PlanVersion, adjustments: Partial<Adjustments> = {}, livemode = true) => {
      const entitlements = { plan, adjustments: { overrides: {}, granted: {}, ...adjustments } };
      return upgradeFor(
        [free, more, unlimited, planOf('priced', 40, [overage()])],
        entitlements,
        'api_calls',
        livemode,
      );
    };
    expect([upgrade(free), upgrade(more), upgrade(unlimited)]).toEqual(['more', 'unlimited', null]);
    // An agreement takes the place of what any plan includes; only overage goes beyond it.
    expect(upgrade(free, { overrides: { api_calls: 2_000 } })).toBe('priced');
    expect(upgrade(free, { overrides: { api_calls: 2_000 } }, false)).toBeNull();
    expect(upgrade(free, { overrides: { api_calls: null } })).toBeNull();
    // Grants come with the organization, so a plan that includes no more than both together still adds to them.
    expect(upgrade(free, { granted: { api_calls: 9_000 } })).toBe('more');
  });

  it('says that waiting does not help where a new period brings nothing', () => {
    expect(deny(1_001).paymentOnly).toBe(true);
    expect(deny(1, limitOf({ included: 0, limit: 0 }), 0).paymentOnly).toBe(true);
    expect(deny(2_000, limitOf({ aggregation: 'last' })).paymentOnly).toBe(true);
  });
});

describe('without the database', () => {
  it('no more is allowed than was stated, per pool and outage', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 400 })), fc.nat(500), (calls, lastLease) => {
        let nowMs = 0;
        const monotonicMs = () => nowMs;
        const outage = createStoreOutage({ monotonicMs, log: pino({ level: 'silent' }) });
        const allowance = createOutageAllowance({ outage, monotonicMs });
        const pool = {};
        for (let round = 0; round < 2; round += 1) {
          outage.failed(new Error('away'));
          let allowed = 0;
          for (const units of calls) if (allowance.allows(pool, lastLease, units)) allowed += units;
          expect(allowed).toBeLessThanOrEqual(outageAllowance(lastLease));
          expect(allowed).toBeGreaterThan(
            Math.min(
              calls.reduce((sum, units) => sum + units, 0),
              outageAllowance(lastLease),
            ) - 400,
          );
          outage.answered();
          nowMs += 1_000;
        }
      }),
    );
  });

  it('it is asked by one caller per pause, and by all once it answered', () => {
    let nowMs = 0;
    const outage = createStoreOutage({ monotonicMs: () => nowMs, log: pino({ level: 'silent' }) });
    outage.failed(new Error('away'));
    expect(outage.mayAsk()).toBe(false);
    nowMs += 100;
    expect([outage.mayAsk(), outage.mayAsk()]).toEqual([true, false]);
    expect(outage.describe()).toBe('away');
    outage.answered();
    expect([outage.mayAsk(), outage.mayAsk(), outage.describe()]).toEqual([true, true, null]);
  });

  it('a refused question is no outage', () => {
    const outage = createStoreOutage({ monotonicMs: () => 0, log: pino({ level: 'silent' }) });
    outage.failed(Object.assign(new Error('no such organization'), { code: 'TG004', severity: 'ERROR' }));
    expect(outage.sinceMs()).toBeNull();
    outage.failed(Object.assign(new Error('shutting down'), { code: '57P01', severity: 'FATAL' }));
    expect(outage.sinceMs()).toBe(0);
  });
});

describe('the ceiling of a spend cap', () => {
  const limits = [
    overage(),
    overage({ metric: 'documents', included: 10, price: { model: 'per_unit', unit_price: '0.50' } }),
  ];
  const ceiling = (capMinor: number, documents: string) =>
    ceilingOf({
      metric: 'api_calls',
      capMinor,
      committed: new Map([
        ['documents', { used: documents, leased: '0' }],
        ['api_calls', { used: '7', leased: '0' }],
      ]),
      entitlements: entitlementsOf(limits),
    });

  it('is what is included, and the overage that the rest of the money pays for', () => {
    expect(ceiling(1_000, '10')).toBe(2_000);
    expect(ceiling(1_000, '14')).toBe(1_800);
    expect(ceiling(100, '500')).toBe(1_000);
    expect(ceiling(0, '0')).toBe(1_000);
  });
});

it('a recall names its counter; anything else is not a recall', () => {
  expect(parseCounter('o|true|api_calls|1767225600000')).toEqual({
    ...{ organizationId: 'o', livemode: true, metric: 'api_calls', periodStartMs: 1_767_225_600_000 },
  });
  for (const text of ['', 'o|true|api_calls', 'o|t|api_calls|1', 'o|true||1', 'o|true|api_calls|x', 'o|true|a|1|2'])
    expect(parseCounter(text)).toBeNull();
});
