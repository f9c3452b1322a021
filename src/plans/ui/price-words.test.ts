import { type PriceModel } from '@/rating/contracts';
import { priceWords } from './price-words';

const tiers = [
  { up_to: '4000000', unit_price: '0.0008' },
  { up_to: null, unit_price: '0.0005' },
];

describe('priceWords', () => {
  it.each<[PriceModel, string]>([
    [{ model: 'per_unit', unit_price: '0.002' }, '$0.002 each'],
    [{ model: 'package', package_size: '1000', package_price: '0.015' }, '$0.015 per 1,000'],
    [{ model: 'graduated', tiers }, '$0.0008 each for the next 4M, $0.0005 beyond'],
    [{ model: 'graduated', tiers: tiers.slice(1) }, '$0.0005 each'],
    [{ model: 'volume', tiers }, '$0.0008 each up to 4M, $0.0005 each for all if more'],
    [{ model: 'flat', amount: '49' }, '$49 a month'],
    [
      { model: 'package', package_size: '1000', package_price: '2', charged: 'full', maximum: '100' },
      '$2 per full 1,000, at most $100 a month',
    ],
    [
      { model: 'per_unit', unit_price: '0.5', minimum: '10', maximum: '100' },
      '$0.50 each, at least $10 and at most $100 a month',
    ],
    [
      { model: 'graduated', tiers: [{ ...tiers[0]!, flat_amount: '5' }, tiers[1]!] },
      '$5 and $0.0008 each for the next 4M, $0.0005 beyond',
    ],
  ])('says %j as %s', (price, words) => {
    expect(priceWords(price, 'USD')).toBe(words);
  });

  it('counts each graduated tier from the end of the one before', () => {
    const three = [
      { up_to: '1000', unit_price: '3' },
      { up_to: '5000', unit_price: '2' },
      { up_to: null, unit_price: '1' },
    ];
    expect(priceWords({ model: 'graduated', tiers: three }, 'USD')).toBe(
      '$3 each for the next 1,000, $2 for the next 4,000, $1 beyond',
    );
  });
});
