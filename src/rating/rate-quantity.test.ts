import { Decimal } from 'decimal.js';
import { type PriceModel } from './contracts';
import { rateQuantity } from './rate-quantity';

type Terms = Partial<Parameters<typeof rateQuantity>[0]> & { price: PriceModel };

const rate = ({ price, included = 0, overageLimit = null, currency = 'USD' }: Terms, quantity: Decimal.Value) =>
  rateQuantity({ price, included, overageLimit, currency }, new Decimal(quantity));

const graduated: PriceModel = {
  model: 'graduated',
  tiers: [
    { up_to: '100', unit_price: '0.05', flat_amount: '1' },
    { up_to: '1000', unit_price: '0.02' },
    { up_to: null, unit_price: '0.001', flat_amount: '3' },
  ],
};
const volume: PriceModel = { ...graduated, model: 'volume' };
const started: PriceModel = { model: 'package', package_size: '1000', package_price: '0.5' };
const full: PriceModel = { ...started, charged: 'full' };
const perUnit: PriceModel = { model: 'per_unit', unit_price: '0.015' };

/** Worked out by hand: quantity, exact amount, cents. */
type Row = readonly [quantity: string, exact: string, minor: number];

describe('rateQuantity, by hand', () => {
  it.each<[string, Terms, Row[]]>([
    [
      'flat: the same at any quantity',
      { price: { model: 'flat', amount: '49' }, included: 10 },
      [
        ['0', '49', 4900],
        ['10', '49', 4900],
        ['11', '49', 4900],
        ['1000000000000', '49', 4900],
      ],
    ],
    [
      'per unit: from the first unit over the included ones, half a cent up',
      { price: perUnit, included: 100 },
      [
        ['0', '0', 0],
        ['1', '0', 0],
        ['100', '0', 0],
        ['100.5', '0.0075', 1],
        ['101', '0.015', 2],
        ['102', '0.03', 3],
        ['103', '0.045', 5],
        ['1000000000000', '14999999998.5', 1_499_999_999_850],
      ],
    ],
    [
      'packages that were begun',
      { price: started, included: 100 },
      [
        ['0', '0', 0],
        ['100', '0', 0],
        ['100.000001', '0.5', 50],
        ['101', '0.5', 50],
        ['1100', '0.5', 50],
        ['1101', '1', 100],
        ['1000000000000', '500000000', 50_000_000_000],
      ],
    ],
    [
      'packages that are full',
      { price: full, included: 100 },
      [
        ['0', '0', 0],
        ['101', '0', 0],
        ['1099.999999', '0', 0],
        ['1100', '0.5', 50],
        ['2099', '0.5', 50],
        ['2100', '1', 100],
        ['1000000000000', '499999999.5', 49_999_999_950],
      ],
    ],
    [
      'graduated: each unit at its tier, a flat amount where a tier is reached, that of the first also at zero',
      { price: graduated },
      [
        ['0', '1', 100],
        ['1', '1.05', 105],
        ['99', '5.95', 595],
        ['100', '6', 600],
        ['100.5', '6.01', 601],
        ['101', '6.02', 602],
        ['1000', '24', 2400],
        ['1000.5', '27.0005', 2700],
        ['1001', '27.001', 2700],
        ['1000000000000', '1000000026', 100_000_002_600],
      ],
    ],
    [
      'graduated, beyond the included units: the tiers count from there, the first flat amount is charged all the same',
      { price: graduated, included: 50 },
      [
        ['0', '1', 100],
        ['50', '1', 100],
        ['51', '1.05', 105],
        ['150', '6', 600],
        ['151', '6.02', 602],
      ],
    ],
    [
      'volume: all units at the price of the tier that the last one lies in',
      { price: volume },
      [
        ['0', '1', 100],
        ['1', '1.05', 105],
        ['100', '6', 600],
        ['100.5', '2.01', 201],
        ['101', '2.02', 202],
        ['1000', '20', 2000],
        ['1001', '4.001', 400],
        ['1000000000000', '1000000003', 100_000_000_300],
      ],
    ],
    [
      'a minimum is charged without use too, and a maximum ends the charge',
      { price: { ...perUnit, minimum: '3', maximum: '15' }, included: 100 },
      [
        ['0', '3', 300],
        ['100', '3', 300],
        ['300', '3', 300],
        ['301', '3.015', 302],
        ['1100', '15', 1500],
        ['1101', '15', 1500],
        ['1000000000000', '15', 1500],
      ],
    ],
    [
      'units beyond the end of overage, which should have been refused, are not charged',
      { price: perUnit, included: 100, overageLimit: 200 },
      [
        ['299', '2.985', 299],
        ['300', '3', 300],
        ['301', '3', 300],
      ],
    ],
    [
      'nothing is charged where all is included',
      { price: perUnit, included: null },
      [
        ['0', '0', 0],
        ['1000000000000', '0', 0],
      ],
    ],
    [
      'in a currency without minor units',
      { price: { model: 'per_unit', unit_price: '0.5' }, currency: 'JPY' },
      [
        ['0', '0', 0],
        ['1', '0.5', 1],
        ['2', '1', 1],
        ['3', '1.5', 2],
      ],
    ],
  ])('%s', (_, terms, rows) => {
    const rated = rows.map(([quantity]) => {
      const { exact, minor } = rate(terms, quantity);
      return [quantity, exact.toFixed(), minor];
    });
    expect(rated).toEqual(rows);
  });

  it('says of each part what it covers and costs', () => {
    const { parts } = rate({ price: { ...graduated, maximum: '20' }, included: 10, overageLimit: 1000 }, '1010.5');
    const words = parts.map(({ kind, quantity, unitPrice, flatAmount, amount }) =>
      [kind, quantity, unitPrice, flatAmount, amount].map((value) => value?.toString() ?? '-').join(' '),
    );
    expect(words).toEqual([
      'included 10 - 0 0',
      'tier 100 0.05 1 6',
      'tier 900 0.02 0 18',
      'maximum 0 - -4 -4',
      'free 0.5 - 0 0',
    ]);
  });

  it('refuses a negative quantity, an unknown currency and an amount that no whole number holds', () => {
    expect(() => rate({ price: perUnit }, '-1')).toThrow('quantity: expected a number of at least 0, received -1');
    expect(() => rate({ price: perUnit, currency: 'KWD' }, '1')).toThrow('currency: expected one that can be charged');
    expect(() => rate({ price: { model: 'flat', amount: '900000000000000' } }, '1')).toThrow(
      'amount: expected at most',
    );
  });
});
