import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { fromMinor, toMinor } from './money';

const minor = fc.integer({ min: 0, max: 10 ** 14 });
const currency = fc.constantFrom('USD', 'HUF', 'JPY', 'KRW');

it('writes and reads every amount without loss, in currencies with 0 and 2 digits', () => {
  fc.assert(
    fc.property(minor, currency, (amount, code) => {
      expect(toMinor(new Decimal(fromMinor(amount, code)), code)).toBe(amount);
    }),
  );
  expect(['USD', 'JPY', 'HUF'].map((code) => fromMinor(4900, code))).toEqual(['49.00', '4900', '49.00']);
});

it('rounds half up, to the nearest minor unit', () => {
  expect(['0.125', '0.1249999', '0.135', '0'].map((amount) => toMinor(new Decimal(amount), 'USD'))).toEqual([
    13, 12, 14, 0,
  ]);
});
