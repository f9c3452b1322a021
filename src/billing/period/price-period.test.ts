import { type PriceModel } from '@/rating/contracts';
import { billedPeriod, perUnit, planVersion } from '@/testing/billed-period';
import { pricePeriod } from './price-period';

/** Every amount here was worked out by hand. */
const JANUARY = ['2026-01-01', '2026-02-01'] as const;

const CALLS = { api_calls: { included: 100, price: perUnit('0.02') } };
const PRO = planVersion('Pro', 4900, CALLS);
const BUSINESS = planVersion('Business', 19900, { api_calls: { included: 500, price: perUnit('0.01') } });
const FREE = planVersion('Free', 0, { api_calls: { included: 100, enforcement: 'hard' } });

const priced = (...input: Parameters<typeof billedPeriod>) => pricePeriod(billedPeriod(...input)).lines;
const amounts = (...input: Parameters<typeof billedPeriod>) =>
  priced(...input).map(({ kind, amountMinor }) => [kind, amountMinor]);
const january = (...phases: Parameters<typeof billedPeriod>[2]) => priced(...JANUARY, phases);

describe('the price of a period', () => {
  it('is the fee, and what was used beyond what is included', () => {
    expect(january({ plan: PRO, usage: { api_calls: 150 } })).toMatchObject([
      {
        kind: 'plan',
        description: 'Pro plan, Jan 1, 2026 to Jan 31, 2026',
        planVersionId: PRO.id,
        days: 31,
        ofDays: 31,
        amountMinor: 4900,
      },
      {
        kind: 'usage',
        description: 'API calls on Pro, Jan 1, 2026 to Jan 31, 2026: 150 calls, 100 included',
        metric: 'api_calls',
        unit: 'call',
        price: perUnit('0.02'),
        amountMinor: 100,
        parts: [{ kind: 'included' }, { kind: 'units' }],
      },
    ]);
  });

  it.each([
    [0, []],
    [1, [['usage', 0]]],
    [100, [['usage', 0]]],
    [101, [['usage', 2]]],
    ['100.24', [['usage', 0]]],
    ['100.25', [['usage', 1]]],
    ['1000000000100', [['usage', 2_000_000_000_000]]],
  ])('of %s calls, 100 included and 0.02 each from there, is %j', (quantity, lines) => {
    expect(amounts(...JANUARY, [{ plan: { ...PRO, priceMinor: 0 }, usage: { api_calls: quantity } }])).toEqual(lines);
  });

  it('rates no usage too: a minimum and a flat first tier are due, by days where the plan changed', () => {
    const tiers: PriceModel = {
      model: 'graduated',
      tiers: [
        { up_to: '10', unit_price: '1', flat_amount: '3.10' },
        { up_to: null, unit_price: '0.5' },
      ],
    };
    const tiered = planVersion('Tiered', 0, { api_calls: { price: tiers } });
    const least = planVersion('Least', 0, { api_calls: { price: { ...perUnit('1'), minimum: '6.20' } } });
    expect(amounts(...JANUARY, [{ plan: tiered }])).toEqual([['usage', 310]]);
    expect(amounts(...JANUARY, [{ plan: least }])).toEqual([['usage', 620]]);
    const change = [{ plan: tiered }, { plan: least, from: '2026-01-11' }];
    expect(amounts(...JANUARY, change)).toEqual([
      ['usage', 100], // 3.10 × 10 ÷ 31
      ['usage', 420], // 6.20 × 21 ÷ 31
    ]);
    const used = january({ ...change[0]!, usage: { api_calls: 12 } }, { ...change[1]!, usage: { api_calls: 2 } });
    // 1.00 + 10 × 1 + 2 × 0.5; then 4.20 + (14 − 12): the minimum of 6.20 was passed by what was used before.
    expect(used.map(({ amountMinor }) => amountMinor)).toEqual([1200, 620]);
    expect(used[0]!.parts.map(({ kind, amount }) => [kind, amount.toFixed()])).toEqual([
      ['base', '1'],
      ['tier', '10'],
      ['tier', '1'],
    ]);
  });

  it('of a trial is what was used beyond what is included, and nothing where nothing was', () => {
    const price = { ...perUnit('1'), minimum: '5' };
    const plan = planVersion('Trial', 4900, {
      api_calls: { included: 10, price },
      members: { included: 0, price: { model: 'flat', amount: '7' } },
    });
    const trial = (quantity: number) => amounts(...JANUARY, [{ plan, fee: 'trial', usage: { api_calls: quantity } }]);
    expect(trial(0)).toEqual([]);
    expect(trial(10)).toEqual([['usage', 0]]);
    // Below the minimum of 5, which is waived; 12 − 5 above it.
    expect(trial(14)).toEqual([['usage', 0]]);
    expect(trial(22)).toEqual([['usage', 700]]);
    const then = [
      { plan, fee: 'trial' as const, usage: { api_calls: 22 } },
      { plan, from: '2026-01-17' },
    ];
    expect(amounts(...JANUARY, then)).toEqual([
      ['plan', 2371], // 49 × 15 ÷ 31 = 23.710
      ['usage', 700],
      ['usage', 242], // 5 × 15 ÷ 31 = 2.419
      ['usage', 339], // 7 × 15 ÷ 31 = 3.387
    ]);
  });

  it('of who pays the fee elsewhere is what metrics cost, with what they cost without usage', () => {
    const plan = planVersion('Least', 4900, { api_calls: { price: { ...perUnit('1'), minimum: '5' } } });
    expect(amounts(...JANUARY, [{ plan, fee: 'elsewhere' }])).toEqual([['usage', 500]]);
  });

  it('takes what is included as it held, also where it is without end', () => {
    const usage = (included: number | null) => ({ api_calls: { quantity: 250, included } });
    expect(january({ plan: PRO, usage: usage(200) })[1]).toMatchObject({ amountMinor: 100 });
    expect(january({ plan: PRO, usage: usage(null) })[1]).toMatchObject({
      description: 'API calls on Pro, Jan 1, 2026 to Jan 31, 2026: 250 calls, unlimited',
      included: null,
      amountMinor: 0,
    });
  });

  it('never charges what got by the end of overage', () => {
    const plan = planVersion('Ended', 0, { api_calls: { included: 100, overageLimit: 50, price: perUnit('0.02') } });
    expect(january({ plan, usage: { api_calls: 170 } })).toMatchObject([
      {
        description:
          'API calls on Ended, Jan 1, 2026 to Jan 31, 2026: 170 calls, 100 included, 20 beyond the limit at no charge',
        overageLimit: 50,
        amountMinor: 100,
      },
    ]);
  });

  it('leaves out metrics that the plan does not list, and those that count distinct values', () => {
    const plan = planVersion('Odd', 0, { visitors: { price: perUnit('1') } });
    expect(january({ plan, usage: { visitors: 5, exports: 3 } })).toEqual([]);
  });

  it('rounds in the currency of the plan', () => {
    const plan = { ...PRO, currency: 'JPY', priceMinor: 1000 };
    const { currency, lines } = pricePeriod(
      billedPeriod(...JANUARY, [
        { plan, usage: { api_calls: 125 } },
        { plan: FREE, from: '2026-01-15' },
      ]),
    );
    expect(currency).toBe('JPY');
    // 1000 × 14 ÷ 31 = 451.6; 25 × 0.02 = 0.5 is 1.
    expect(lines.map(({ amountMinor }) => amountMinor)).toEqual([452, 1]);
  });

  it('refuses prices in another currency than the one that is billed, and takes a free plan of any', () => {
    const euros = { ...BUSINESS, currency: 'EUR' };
    const input = billedPeriod(...JANUARY, [{ plan: PRO }, { plan: euros, from: '2026-01-15' }]);
    const refusal = { code: 'conflict', message: expect.stringContaining('plan business version 1') as string };
    expect(() => pricePeriod(input)).toThrow(expect.objectContaining(refusal) as Error);
    expect(() => pricePeriod({ ...input, currency: 'GBP' })).toThrow('plan pro version 1: expected prices in GBP');
    const free = billedPeriod(...JANUARY, [{ plan: FREE }, { plan: euros, from: '2026-01-15' }]);
    expect(pricePeriod({ ...free, currency: 'EUR' }).currency).toBe('EUR');
    expect(pricePeriod(free).currency).toBe('EUR');
    expect(pricePeriod(billedPeriod(...JANUARY, [{ plan: FREE }])).currency).toBe('USD');
  });

  it('names the plan and the metric of what cannot be rated', () => {
    const message = 'plan pro version 1, metric api_calls: quantity: expected a number of at least 0, received -1';
    expect(() => january({ plan: PRO, usage: { api_calls: -1 } })).toThrow(message);
  });
});
