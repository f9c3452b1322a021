import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { Exact, rateQuantity } from '@/rating';
import { type PriceModel } from '@/rating/contracts';
import { billedPeriod, planVersion } from '@/testing/billed-period';
import { countedCost, decimals, priceModels } from '@/testing/price-models';
import { pricePeriod, usageLines } from './price-period';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const periods = fc.constantFrom<[string, string]>(
  ['2026-01-01', '2026-02-01'],
  ['2026-02-01', '2026-03-01'],
  ['2024-01-31', '2024-02-29'],
  ['2024-02-29', '2024-03-31'],
  ['2026-04-30', '2026-05-31'],
);
interface Terms {
  price: PriceModel;
  included: number;
  overageLimit: number | null;
}
const units = fc.integer({ min: 0, max: 70 });
const terms = fc.record({
  price: priceModels,
  included: units,
  overageLimit: fc.option(fc.integer({ min: 1, max: 90 })),
});
/** After how many hours a phase begins; up to three changes, also several in a day. */
const changes = fc
  .uniqueArray(fc.integer({ min: 1, max: 28 * 24 - 1 }), { maxLength: 3 })
  .map((hours) => [0, ...hours.sort((a, b) => a - b)]);
const fees = fc.constantFrom<'due' | 'trial' | 'elsewhere'>('due', 'due', 'trial', 'elsewhere');
const four = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 4, maxLength: 4 });

const startOf = (from: string, hours: number): string => new Date(Date.parse(from) + hours * HOUR_MS).toISOString();
const total = (lines: readonly { exact: Decimal }[]) => lines.reduce((sum, { exact }) => sum.plus(exact), new Exact(0));
const isClose = (a: Decimal, b: Decimal): boolean => a.minus(b).abs().lt('1e-28');

/** Days by the plan that holds when each of them ends, which is the new one on the day of a change. */
function countedDays([from, to]: [string, string], hours: readonly number[]): number[] {
  const days = hours.map(() => 0);
  for (let dayMs = Date.parse(from); dayMs < Date.parse(to); dayMs += DAY_MS) {
    const holding = hours.findLastIndex((start) => Date.parse(from) + start * HOUR_MS < dayMs + DAY_MS);
    days[holding]! += 1;
  }
  return days;
}

const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);

describe('the price of a period, whatever its plans', () => {
  it.each(['api_calls', 'members'])('of %s is what counting days and units comes to', (metric) => {
    fc.assert(
      fc.property(periods, changes, four(terms), four(units), four(fees), (period, hours, plans, used, fee) => {
        const days = countedDays(period, hours);
        const ofDays = BigInt(days.reduce((sum, count) => sum + count, 0));
        const lines = usageLines(
          billedPeriod(
            ...period,
            hours.map((start, place) => ({
              plan: planVersion(`Plan${place}`, 0, { [metric]: plans[place]! }),
              from: startOf(period[0], start),
              fee: fee[place]!,
              usage: { [metric]: used[place]! },
            })),
          ),
        );
        expect(lines).toHaveLength(hours.length);
        let before = 0;
        for (const [place, { exact, amountMinor, quantity, parts }] of lines.entries()) {
          const { price, included, overageLimit } = plans[place]!;
          const cost = (count: number) =>
            countedCost(price, { included, overageLimit: overageLimit ?? Infinity }, count);
          const isTrial = fee[place] === 'trial';
          const share = BigInt(days[place]!);
          const level = used[place]!;
          // In ten-thousandths of a dollar, times the days of the period.
          const due =
            metric === 'members'
              ? (isTrial ? most(0n, cost(level) - cost(0)) : cost(level)) * share
              : // All days and all units are one plan's: there is nothing to divide.
                !isTrial && before === 0 && share === ofDays
                ? cost(level) * ofDays
                : (isTrial ? 0n : cost(0) * share) + most(0n, cost(before + level) - cost(before)) * ofDays;
          expect(amountMinor).toBe(Number((due * 2n + 100n * ofDays) / (200n * ofDays)));
          expect(isClose(exact, new Exact(String(due)).div(String(ofDays)).div(10_000))).toBe(true);
          const partsSum = (of: (part: (typeof parts)[number]) => Decimal) =>
            parts.reduce((sum, part) => sum.plus(of(part)), new Exact(0)).toFixed();
          expect(partsSum((part) => part.amount)).toBe(exact.toFixed());
          expect(partsSum((part) => part.quantity)).toBe(quantity.toFixed());
          before += level;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('under one plan is the money of the quantity', () => {
    fc.assert(
      fc.property(periods, terms, decimals(150, 6), (period, limit, quantity) => {
        const plan = planVersion('One', 0, { api_calls: limit });
        const [line] = usageLines(billedPeriod(...period, [{ plan, usage: { api_calls: quantity } }]));
        const rated = rateQuantity({ ...limit, currency: 'USD' }, new Decimal(quantity));
        expect([line!.exact.toFixed(), line!.amountMinor]).toEqual([rated.exact.toFixed(), rated.minor]);
        expect(line!.parts).toEqual(rated.parts);
      }),
    );
  });

  const split = (
    period: [string, string],
    hours: readonly number[],
    used: readonly string[],
    names: string,
    limit: Terms,
  ) =>
    billedPeriod(
      ...period,
      hours.map((start, place) => ({
        plan: planVersion(names === 'same' ? 'One' : `Plan${place}`, 4900, { api_calls: limit, exports: limit }),
        from: startOf(period[0], start),
        usage: { api_calls: used[place]! },
      })),
    );

  it('does not depend on how it is split into phases of one plan version', () => {
    fc.assert(
      fc.property(periods, changes, terms, four(decimals(60, 3)), (period, hours, limit, used) => {
        const sum = total(hours.map((_, place) => ({ exact: new Exact(used[place]!) })));
        const once = pricePeriod(split(period, [0], [sum.toFixed()], 'same', limit));
        expect(pricePeriod(split(period, hours, used, 'same', limit))).toEqual(once);
      }),
    );
  });

  it('is exactly the same in all under versions that cost the same, unless more units made all of them cheaper', () => {
    fc.assert(
      fc.property(periods, changes, terms, four(decimals(60, 3)), (period, hours, limit, used) => {
        const sum = total(hours.map((_, place) => ({ exact: new Exact(used[place]!) })));
        const once = total(usageLines(split(period, [0], [sum.toFixed()], 'same', limit)));
        const often = usageLines(split(period, hours, used, 'other', limit));
        const floors = often.flatMap(({ parts }) => parts.filter(({ kind }) => kind === 'floor'));
        if (limit.price.model !== 'volume') expect(floors).toEqual([]);
        const atLeast = total(often).minus(total(floors.map(({ amount }) => ({ exact: amount }))));
        expect(isClose(atLeast, once)).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  it('is never negative, nor is any line', () => {
    fc.assert(
      fc.property(periods, changes, four(terms), four(units), four(fees), (period, hours, plans, used, fee) => {
        const { lines } = pricePeriod(
          billedPeriod(
            ...period,
            hours.map((start, place) => ({
              plan: planVersion(`Plan${place}`, 100 * place, { api_calls: plans[place]!, members: plans[3 - place]! }),
              from: startOf(period[0], start),
              fee: fee[place]!,
              usage: { api_calls: used[place]!, members: used[3 - place]! },
            })),
          ),
        );
        for (const { exact, amountMinor } of lines) {
          expect(amountMinor).toBeGreaterThanOrEqual(0);
          expect(exact.gte(0)).toBe(true);
        }
      }),
    );
  });

  it('never costs less for more, unless a price is by volume: at the end of any period, and anywhere where plans cost the same', () => {
    fc.assert(
      fc.property(
        periods,
        changes,
        four(terms),
        four(decimals(60, 3)),
        decimals(60, 3),
        fc.nat(),
        (period, hours, plans, used, more, anywhere) => {
          fc.pre(plans.every(({ price }) => price.model !== 'volume'));
          const due = (limits: readonly Terms[], grown: number | null) =>
            total(
              usageLines(
                billedPeriod(
                  ...period,
                  hours.map((start, place) => ({
                    plan: planVersion(`Plan${place}`, 0, { api_calls: limits[place]! }),
                    from: startOf(period[0], start),
                    usage: { api_calls: place === grown ? new Exact(used[place]!).plus(more) : used[place]! },
                  })),
                ),
              ),
            );
          expect(due(plans, hours.length - 1).gte(due(plans, null))).toBe(true);
          const same = plans.map(() => plans[0]!);
          expect(due(same, anywhere % hours.length).gte(due(same, null))).toBe(true);
        },
      ),
    );
  });

  it('has fees whose days are those of the period, and that add up to the fee but for a cent each', () => {
    fc.assert(
      fc.property(periods, changes, fc.integer({ min: 1, max: 1_000_000 }), (period, hours, priceMinor) => {
        const phases = hours.map((start, place) => ({
          plan: planVersion(`Plan${place}`, priceMinor),
          from: startOf(period[0], start),
        }));
        const lines = pricePeriod(billedPeriod(...period, phases)).lines;
        const counted = countedDays(period, hours).filter((days) => days > 0);
        expect(lines.map(({ kind, days }) => [kind, days])).toEqual(counted.map((days) => ['plan', days]));
        const off = lines.reduce((sum, { amountMinor }) => sum + amountMinor, -priceMinor);
        expect(Math.abs(off)).toBeLessThanOrEqual(lines.length / 2);
        expect(isClose(total(lines), new Exact(priceMinor).div(100))).toBe(true);
      }),
    );
  });
});
