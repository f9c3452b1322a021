import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { type PriceModel } from './contracts';
import { overageCost } from './charge-parts';
import { dearestCost, unitsWithin } from './units-within';

/** Exact decimals with `digits` behind the point. */
const decimal = (max: number, digits: number, min = 0) =>
  fc.integer({ min: min * 10 ** digits, max: max * 10 ** digits }).map((n) => new Decimal(n).div(10 ** digits));
const amount = decimal(1_000_000, 3);
const price = decimal(100, 6);

type Tiers = Extract<PriceModel, { model: 'graduated' }>['tiers'];
const tiers: fc.Arbitrary<Tiers> = fc
  .tuple(fc.uniqueArray(decimal(500_000, 2, 1), { maxLength: 4, selector: String }), fc.array(price, { minLength: 5 }))
  .map(([ends, prices]) => [
    ...ends
      .sort((a, b) => a.cmp(b))
      .map((end, place) => ({ up_to: end.toFixed(), unit_price: prices[place]!.toFixed() })),
    { up_to: null, unit_price: prices[4]!.toFixed() },
  ]);

const perUnit = price.map((unit): PriceModel => ({ model: 'per_unit', unit_price: unit.toFixed() }));
const graduated = tiers.map((list): PriceModel => ({ model: 'graduated', tiers: list }));
const volume = tiers.map((list): PriceModel => ({ model: 'volume', tiers: list }));
const packages = fc.tuple(decimal(10_000, 1, 1), price).map(([size, each]): PriceModel => ({
  model: 'package',
  package_size: size.toFixed(),
  package_price: each.toFixed(),
}));
const monotone = fc.oneof(perUnit, graduated, packages);

/** The same with flat amounts, full packages, a minimum and a maximum. */
const optional = (arbitrary: fc.Arbitrary<Decimal>) => fc.option(arbitrary, { nil: null });
const grown = fc
  .tuple(
    fc.oneof(monotone, volume),
    fc.array(optional(price), { minLength: 5, maxLength: 5 }),
    optional(price),
    optional(amount),
  )
  .map(([model, flats, minimum, span]): PriceModel => ({
    ...model,
    ...('tiers' in model
      ? {
          tiers: model.tiers.map((tier, place) => ({
            ...tier,
            flat_amount: (flats[place] ?? new Decimal(0)).toFixed(),
          })),
        }
      : {}),
    ...(model.model === 'package' ? { charged: flats[0] ? ('full' as const) : ('started' as const) } : {}),
    ...(minimum ? { minimum: minimum.toFixed() } : {}),
    ...(span ? { maximum: span.plus(minimum ?? 0).toFixed() } : {}),
  }));
const cost = (model: PriceModel, units: Decimal.Value) => overageCost(model, new Decimal(units)).toFixed();

describe('overageCost', () => {
  it('is what the catalogue says, to the last digit', () => {
    const business: PriceModel = {
      model: 'graduated',
      tiers: [
        { up_to: '4000000', unit_price: '0.0008' },
        { up_to: null, unit_price: '0.0005' },
      ],
    };
    expect([0, 1, 4_000_000, 4_000_001].map((units) => cost(business, units))).toEqual([
      '0',
      '0.0008',
      '3200',
      '3200.0005',
    ]);
    const asVolume: PriceModel = { ...business, model: 'volume' };
    expect([4_000_000, 4_000_001].map((units) => cost(asVolume, units))).toEqual(['3200', '2000.0005']);
    const tokens: PriceModel = { model: 'package', package_size: '1000', package_price: '0.02' };
    expect([0, 1, 1_000, 1_001].map((units) => cost(tokens, units))).toEqual(['0', '0.02', '0.02', '0.04']);
    expect(cost({ model: 'per_unit', unit_price: '0.002' }, 123_457)).toBe('246.914');
    const longest: Tiers = [{ up_to: null, unit_price: '123456789012345.123456789012' }];
    for (const model of ['graduated', 'volume'] as const) {
      expect(cost({ model, tiers: longest }, '999999999999999.999999')).toBe(
        '123456789012345123456665555210.987654876543210988',
      );
    }
  });

  it('never falls when more is used, unless the price is by volume', () => {
    fc.assert(
      fc.property(monotone, amount, amount, (model, units, more) => {
        expect(overageCost(model, units).lte(overageCost(model, units.plus(more)))).toBe(true);
      }),
    );
  });

  it('of graduated prices is additive: every stretch costs its length at its tier', () => {
    fc.assert(
      fc.property(graduated, amount, amount, (model, units, more) => {
        if (model.model !== 'graduated') throw new Error('expected graduated');
        const ends = [0, ...model.tiers.map(({ up_to }) => up_to ?? Infinity)].map((end) => new Decimal(end));
        const total = units.plus(more);
        const stretch = model.tiers.reduce((sum, { unit_price }, place) => {
          const from = Decimal.max(units, ends[place]!);
          const to = Decimal.min(total, ends[place + 1]!);
          return to.gt(from) ? sum.plus(to.minus(from).times(unit_price)) : sum;
        }, new Decimal(0));
        expect(overageCost(model, total).minus(overageCost(model, units)).toFixed()).toBe(stretch.toFixed());
      }),
    );
  });

  it('of one tier is the same by graduated, volume and per-unit prices', () => {
    fc.assert(
      fc.property(price, amount, (unit, units) => {
        const unit_price = unit.toFixed();
        const only: Tiers = [{ up_to: null, unit_price }];
        const costs = [
          cost({ model: 'per_unit', unit_price }, units),
          cost({ model: 'graduated', tiers: only }, units),
          cost({ model: 'volume', tiers: only }, units),
        ];
        expect(new Set(costs).size).toBe(1);
      }),
    );
  });

  it('of packages pays for whole ones, and none that was not begun', () => {
    fc.assert(
      fc.property(packages, amount, (model, units) => {
        if (model.model !== 'package') throw new Error('expected packages');
        const bought = units.div(model.package_size).ceil();
        expect(bought.times(model.package_size).gte(units)).toBe(true);
        expect(bought.minus(1).times(model.package_size).lt(units)).toBe(true);
        expect(cost(model, units)).toBe(bought.times(model.package_price).toFixed());
      }),
    );
  });
});

describe('dearestCost', () => {
  it('is what some number of units costs in the stretch, and no other costs more', () => {
    const inside = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(fc.oneof(monotone, volume), amount, amount, inside, (model, from, more, shares) => {
        const dearest = dearestCost(model, from, from.plus(more));
        for (const share of [0, 1, ...shares]) {
          expect(overageCost(model, from.plus(more.times(share))).lte(dearest)).toBe(true);
        }
        const ends = 'tiers' in model ? model.tiers.flatMap(({ up_to }) => up_to ?? []) : [];
        const costs = [from.plus(more), ...ends].map((units) => cost(model, units));
        expect(costs).toContain(dearest.toFixed());
      }),
      { numRuns: 500 },
    );
  });

  it('of volume prices is that of the last unit before they fall', () => {
    const model: PriceModel = {
      model: 'volume',
      tiers: [
        { up_to: '40', unit_price: '0.05' },
        { up_to: null, unit_price: '0.02' },
      ],
    };
    const dearest = (from: number, to: number) => dearestCost(model, new Decimal(from), new Decimal(to)).toFixed();
    expect([dearest(0, 60), dearest(40, 60), dearest(41, 60), dearest(0, 30), dearest(0, 150)]).toEqual([
      '2',
      '2',
      '1.2',
      '1.5',
      '3',
    ]);
  });
});

describe('unitsWithin', () => {
  it('counts flat amounts, full packages, minimum and maximum', () => {
    const within = (model: PriceModel, budget: number) => unitsWithin(model, new Decimal(budget))?.toFixed() ?? null;
    const tiers: Tiers = [
      { up_to: '10', unit_price: '1', flat_amount: '5' },
      { up_to: null, unit_price: '0.5', flat_amount: '3' },
    ];
    const budgets = [4, 5, 8, 15, 17, 18, 20];
    expect(budgets.map((budget) => within({ model: 'graduated', tiers }, budget))).toEqual([
      '0',
      '0',
      '3',
      '10',
      '10',
      '10',
      '14',
    ]);
    expect(budgets.map((budget) => within({ model: 'volume', tiers }, budget))).toEqual([
      '0',
      '0',
      '3',
      '24',
      '28',
      '30',
      '34',
    ]);
    const full: PriceModel = { model: 'package', package_size: '10', package_price: '2', charged: 'full' };
    expect([0, 1.9, 2, 4].map((budget) => within(full, budget))).toEqual([
      '9.999999',
      '9.999999',
      '19.999999',
      '29.999999',
    ]);
    const bounded: PriceModel = { model: 'per_unit', unit_price: '1', minimum: '3', maximum: '9' };
    expect([2, 3, 8, 9, 10].map((budget) => within(bounded, budget))).toEqual(['0', '3', '8', null, null]);
    expect([48, 49].map((budget) => within({ model: 'flat', amount: '49' }, budget))).toEqual(['0', null]);
  });

  const STEP = new Decimal('0.000001');

  it('costs no more than the budget, and one step further would', () => {
    fc.assert(
      fc.property(grown, decimal(100_000, 2), (model, budget) => {
        const most = unitsWithin(model, budget);
        if (most === null) return;
        // A flat amount or a minimum may cost more than the budget before anything is used.
        if (overageCost(model, new Decimal(0)).gt(budget)) return expect(most.toFixed()).toBe('0');
        expect(overageCost(model, most).lte(budget)).toBe(true);
        expect(overageCost(model, most.plus(STEP)).gt(budget)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('lies below every number of units that costs more than the budget', () => {
    fc.assert(
      fc.property(grown, decimal(100_000, 2), amount, (model, budget, units) => {
        if (units.isZero() || overageCost(model, units).lte(budget)) return;
        expect(unitsWithin(model, budget)?.lt(units)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('has no end where units are free', () => {
    expect(unitsWithin({ model: 'per_unit', unit_price: '0' }, new Decimal(0))).toBeNull();
    expect(unitsWithin({ model: 'package', package_size: '10', package_price: '0' }, new Decimal(0))).toBeNull();
    const freeAtTheEnd: Tiers = [
      { up_to: '10', unit_price: '1' },
      { up_to: null, unit_price: '0' },
    ];
    expect(unitsWithin({ model: 'graduated', tiers: freeAtTheEnd }, new Decimal(10))).toBeNull();
    expect(unitsWithin({ model: 'graduated', tiers: freeAtTheEnd }, new Decimal(9))?.toNumber()).toBe(9);
    expect(unitsWithin({ model: 'volume', tiers: freeAtTheEnd }, new Decimal(9))?.toNumber()).toBe(9);
  });
});
