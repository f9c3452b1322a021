import fc from 'fast-check';
import { Exact } from '@/rating';
import { type PriceModel } from '@/rating/contracts';
import { billedPeriod, perUnit, planVersion } from '@/testing/billed-period';
import { decimals, priceModels } from '@/testing/price-models';
import { adjustPeriod } from './adjust-period';
import { type PeriodInput, pricePeriod } from './price-period';

const january = (...phases: Parameters<typeof billedPeriod>[2]): PeriodInput =>
  billedPeriod('2026-01-01', '2026-02-01', phases);
const usageOf = (input: PeriodInput) => pricePeriod(input).lines.filter((line) => line.kind === 'usage');

const PRO = planVersion('Pro', 4900, { api_calls: { included: 100, price: perUnit('0.02') } });
const BUSINESS = planVersion('Business', 0, { api_calls: { included: 500, price: perUnit('0.01') } });

describe('what late events change of a period that was billed', () => {
  it('is what is due in all, minus what was billed', () => {
    const billed = usageOf(january({ plan: PRO, usage: { api_calls: 150 } }));
    const revised = january({ plan: PRO, usage: { api_calls: 170 } });
    const [line, ...others] = adjustPeriod(revised, billed);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      kind: 'adjustment',
      description:
        'Correction of API calls on Pro, Jan 1, 2026 to Jan 31, 2026: 170 calls instead of 150, 100 included',
      metric: 'api_calls',
      planVersionId: PRO.id,
      periodStart: new Date('2026-01-01'),
      amountMinor: 40,
      billedMinor: 100,
    });
    expect([line!.quantity.toFixed(), line!.exact.toFixed()]).toEqual(['170', '0.4']);
    expect(adjustPeriod(revised, [...billed, line!])).toEqual([]);
  });

  it('says so where events came late that were included', () => {
    const billed = usageOf(january({ plan: PRO, usage: { api_calls: 10 } }));
    expect(adjustPeriod(january({ plan: PRO, usage: { api_calls: 30 } }), billed)).toMatchObject([
      { amountMinor: 0, description: expect.stringContaining('30 calls instead of 10') as string },
    ]);
  });

  it('counts what was never billed from nothing', () => {
    expect(adjustPeriod(january({ plan: PRO, usage: { api_calls: 130 } }), [])).toMatchObject([
      { amountMinor: 60, billedMinor: 0, description: expect.stringContaining('130 calls instead of 0') as string },
    ]);
    expect(adjustPeriod(january({ plan: PRO }), [])).toEqual([]);
  });

  it('charges a later phase too, in which more was used before', () => {
    const phases = (early: number) =>
      january(
        { plan: PRO, usage: { api_calls: early } },
        { plan: BUSINESS, from: '2026-01-15', usage: { api_calls: 450 } },
      );
    const lines = adjustPeriod(phases(150), usageOf(phases(50)));
    expect(lines.map(({ description, amountMinor }) => [description, amountMinor])).toEqual([
      [
        'Correction of API calls on Pro, Jan 1, 2026 to Jan 14, 2026: 150 calls instead of 50, 100 included',
        100, // 50 at 0.02, nothing before
      ],
      [
        'Correction of API calls on Business, Jan 15, 2026 to Jan 31, 2026: 450 calls after 150 before, 500 included',
        100, // 600 − 500 at 0.01, nothing before
      ],
    ]);
  });

  it('is a credit where a gauge turns out lower', () => {
    const plan = planVersion('Stored', 0, { storage_gb: { price: perUnit('1') } });
    const billed = usageOf(january({ plan, usage: { storage_gb: 12 } }));
    expect(adjustPeriod(january({ plan, usage: { storage_gb: 4 } }), billed)).toMatchObject([
      { amountMinor: -800, billedMinor: 1200 },
    ]);
    expect(adjustPeriod(january({ plan }), billed)).toMatchObject([{ amountMinor: -1200 }]);
  });

  it('takes the terms as they were frozen', () => {
    const usage = (quantity: number) => ({ api_calls: { quantity, included: 140 } });
    const billed = usageOf(january({ plan: PRO, usage: usage(150) }));
    expect(adjustPeriod(january({ plan: PRO, usage: usage(160) }), billed)).toMatchObject([{ amountMinor: 20 }]);
  });

  it('refuses lines that are not of the period', () => {
    const billed = usageOf(january({ plan: BUSINESS, usage: { api_calls: 1 } }));
    expect(() => adjustPeriod(january({ plan: PRO }), billed)).toThrow(
      'billed: expected lines of the period, received api_calls under plan version version-of-business from 2026-01-01',
    );
  });

  const counts = fc.array(decimals(120, 3), { minLength: 4, maxLength: 4 });
  const period = (prices: readonly PriceModel[], [a, b, c, d]: string[]) => {
    const limits = (price: PriceModel) => ({
      api_calls: { included: 20, price },
      storage_gb: { included: 5, overageLimit: 60, price },
    });
    return january(
      { plan: planVersion('One', 100, limits(prices[0]!)), usage: { api_calls: a!, storage_gb: b! } },
      {
        plan: planVersion('Two', 900, limits(prices[1]!)),
        from: '2026-01-11T11:00:00Z',
        usage: { api_calls: c!, storage_gb: d! },
      },
    );
  };
  const two = fc.array(priceModels, { minLength: 2, maxLength: 2 });

  it('makes all lines of a period what one invoice would have said, to the cent, however often it is revised', () => {
    fc.assert(
      fc.property(two, fc.array(counts, { minLength: 2, maxLength: 5 }), (prices, revisions) => {
        const issued: Parameters<typeof adjustPeriod>[1][number][] = [...usageOf(period(prices, revisions[0]!))];
        for (const revision of revisions.slice(1)) issued.push(...adjustPeriod(period(prices, revision), issued));
        const sumOf = (lines: readonly { metric: string; planVersionId: string; amountMinor: number }[]) => {
          const sums: Record<string, number> = {};
          for (const { metric, planVersionId, amountMinor } of lines) {
            sums[`${metric} ${planVersionId}`] = (sums[`${metric} ${planVersionId}`] ?? 0) + amountMinor;
          }
          return Object.fromEntries(Object.entries(sums).filter(([, sum]) => sum !== 0));
        };
        expect(sumOf(issued)).toEqual(sumOf(usageOf(period(prices, revisions.at(-1)!))));
      }),
      { numRuns: 150 },
    );
  });

  it('cancels to the cent where it goes up and comes down again', () => {
    fc.assert(
      fc.property(two, counts, counts, (prices, first, second) => {
        const billed = usageOf(period(prices, first));
        const there = adjustPeriod(period(prices, second), billed);
        const back = adjustPeriod(period(prices, first), [...billed, ...there]);
        const both = [...there, ...back];
        expect(both.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(0);
        // Lines of no units that come to less than half a cent were never billed.
        const rest = both.reduce((sum, { exact }) => sum.plus(exact), new Exact(0));
        expect(rest.abs().lt(0.005 * 4)).toBe(true);
        expect(adjustPeriod(period(prices, first), [...billed, ...both])).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});
