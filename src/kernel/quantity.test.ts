import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import {
  addQuantities,
  compareQuantities,
  exactQuantity,
  MAX_UNITS,
  parseUnits,
  roundedUnits,
  subtractQuantities,
} from './quantity';

const digits = (max: number) => fc.bigInt({ min: 0n, max: 10n ** BigInt(max) - 1n });
const decimalTexts = fc
  .tuple(digits(18), fc.option(digits(12), { nil: undefined }))
  .map(([whole, fraction]) => (fraction === undefined ? `${whole}` : `${whole}.${String(fraction).padStart(12, '0')}`));

describe('an exact quantity', () => {
  it('is a number where a number holds it, and else a text of all its digits', () => {
    expect(exactQuantity('9007199254740991')).toBe(9_007_199_254_740_991);
    expect(exactQuantity('9007199254740992')).toBe('9007199254740992');
    expect(exactQuantity('10000000000000010')).toBe('10000000000000010');
    expect(exactQuantity('0.300')).toBe(0.3);
    expect(exactQuantity('123456789012.345')).toBe(123_456_789_012.345);
    expect(exactQuantity('123456789012.3456')).toBe('123456789012.3456');
    expect(exactQuantity('9007199254740991.4')).toBe('9007199254740991.4');
    expect(exactQuantity('0.000000000001')).toBe(1e-12);
  });

  it('reads as the decimal it is, also through JSON', () => {
    fc.assert(
      fc.property(decimalTexts, (text) => {
        const told = JSON.parse(JSON.stringify(exactQuantity(text))) as number | string;
        expect(new Decimal(told).eq(text)).toBe(true);
      }),
    );
  });

  it('adds, subtracts and compares without rounding: 0.1 + 0.2 is 0.3', () => {
    expect(addQuantities(0.1, 0.2)).toBe(0.3);
    expect(addQuantities(9_007_199_254_740_991, 2)).toBe('9007199254740993');
    expect(subtractQuantities('9007199254740993', 2)).toBe(9_007_199_254_740_991);
    expect(subtractQuantities(0.3, 0.1)).toBe(0.2);
    expect(compareQuantities('9007199254740993', '9007199254740992')).toBeGreaterThan(0);
    expect(compareQuantities(0.3, '0.3')).toBe(0);
    const ten = Array.from({ length: 10 }, () => 1_000_000_000_000_001);
    expect(ten.reduce<number | string>(addQuantities, 0)).toBe('10000000000000010');
    fc.assert(
      fc.property(decimalTexts, decimalTexts, (a, b) => {
        const exact = Decimal.clone({ precision: 60 });
        const sum = addQuantities(exactQuantity(a), exactQuantity(b));
        expect(exact.add(a, b).eq(sum)).toBe(true);
        expect(exact.sub(sum, b).eq(a)).toBe(true);
      }),
    );
  });
});

describe('what is reported', () => {
  it('is kept with 12 digits behind the point', () => {
    expect(roundedUnits(0.1 + 0.2)).toBe(0.3);
    expect(roundedUnits(5e-324)).toBe(0);
    expect(roundedUnits(1e-12)).toBe(1e-12);
    expect(parseUnits('0.1234567890125')).toBe(0.123456789013);
  });

  it('is a text of digits of at most 10¹⁸, or nothing', () => {
    expect(parseUnits('10000000000000001')).toBe('10000000000000001');
    expect(parseUnits(String(BigInt(MAX_UNITS)))).toBe('1000000000000000000');
    for (const text of [
      '',
      '1e3',
      '-1',
      '+1',
      ' 1',
      '1.',
      '.5',
      'NaN',
      'Infinity',
      '0x10',
      '1000000000000000001',
      '1'.repeat(40),
    ]) {
      expect(parseUnits(text)).toBeNull();
    }
  });
});
