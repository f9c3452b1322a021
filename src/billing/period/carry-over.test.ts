import fc from 'fast-check';
import { CURRENCY_CODES, isCurrency } from '@/kernel/currencies';
import { carryOver } from './carry-over';
import { leastChargeMinor } from './least-charge';

const period = { from: new Date('2026-01-01'), to: new Date('2026-02-01') };
const carry = (carriedMinor: number, amounts: readonly number[], currency = 'USD') =>
  carryOver({ period, currency, carriedMinor, lines: amounts.map((amountMinor) => ({ kind: 'usage', amountMinor })) });

describe('carrying over', () => {
  it.each<[number, number[], number[], number, number]>([
    // before, lines -> lines, total, left
    [0, [4900, 100], [4900, 100], 5000, 0],
    [0, [30], [30, -30], 0, 30],
    [0, [49], [49, -49], 0, 49],
    [0, [50], [50], 50, 0],
    [30, [20], [30, 20], 50, 0],
    [30, [500], [30, 500], 530, 0],
    [30, [19], [30, 19, -49], 0, 49],
    [0, [100, -700], [100, -700, 600], 0, -600],
    [-600, [4900], [-600, 4900], 4300, 0],
    [-600, [500], [-600, 500, 100], 0, -100],
    [-600, [600], [-600, 600], 0, 0],
    [0, [0], [0], 0, 0],
    [0, [], [], 0, 0],
    [20, [], [20, -20], 0, 20],
  ])('of %d with lines of %j is an invoice of %j over %d that leaves %d', (before, amounts, lines, total, left) => {
    const carried = carry(before, amounts);
    expect(carried.lines.map(({ amountMinor }) => amountMinor)).toEqual(lines);
    expect([carried.totalMinor, carried.carriedMinor]).toEqual([total, left]);
  });

  it('says what it is', () => {
    expect(carry(20, [5]).lines).toMatchObject([
      { kind: 'carried', description: 'Carried over from earlier invoices', from: period.from, to: period.to },
      { kind: 'usage' },
      { description: 'Carried over to the next invoice: less than 0.50 USD, the least that is charged' },
    ]);
    const credit = carry(-20, [5]).lines.flatMap((line) =>
      'exact' in line ? [[line.description, line.exact.toFixed()]] : [],
    );
    expect(credit).toEqual([
      ['Credit from earlier invoices', '-0.2'],
      ['Credit carried over to the next invoice', '0.15'],
    ]);
  });

  it('keeps every cent over any row of invoices, of which none is negative or below the least charge', () => {
    const invoice = fc.array(fc.integer({ min: -3_000, max: 3_000 }), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(invoice), fc.constantFrom('USD', 'HUF', 'JPY', 'XOF'), (invoices, currency) => {
        let carriedMinor = 0;
        let paid = 0;
        for (const amounts of invoices) {
          const { lines, totalMinor, ...rest } = carry(carriedMinor, amounts, currency);
          carriedMinor = rest.carriedMinor;
          paid += totalMinor;
          expect(lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0)).toBe(totalMinor);
          expect(totalMinor === 0 || totalMinor >= Math.max(1, leastChargeMinor(currency))).toBe(true);
          expect(totalMinor === 0 || carriedMinor === 0).toBe(true);
        }
        expect(paid + carriedMinor).toBe(invoices.flat().reduce((sum, amount) => sum + amount, 0));
      }),
    );
  });

  it('knows the least charge of currencies that can be charged, and charges all of the others', () => {
    const known = CURRENCY_CODES.filter((currency) => leastChargeMinor(currency) > 0);
    expect(known).toHaveLength(23);
    expect(known.every(isCurrency)).toBe(true);
    expect(['USD', 'GBP', 'JPY', 'HUF', 'XOF', 'ISK'].map(leastChargeMinor)).toEqual([50, 30, 50, 17_500, 0, 0]);
    expect(carry(0, [1], 'XOF').totalMinor).toBe(1);
  });

  it('refuses a sum that no number holds', () => {
    expect(() => carry(0, [Number.MAX_SAFE_INTEGER, 1])).toThrow('expected at most 2^53 minor units');
  });
});
