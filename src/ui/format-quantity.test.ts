import { formatAmount, formatExactQuantity, formatQuantity } from './format-quantity';

describe('quantities with units', () => {
  it.each([
    [1, 'call', '1 call'],
    [9_999, 'call', '9,999 calls'],
    [95_000, 'call', '95K calls'],
    [1e15, 'token', '1000T tokens'],
    [171.5, 'GB', '171.5 GB'],
    [913_000_000_000, 'byte', '913 GB'],
  ])('tells %d %s as %s', (quantity, unit, words) => {
    expect(formatQuantity(quantity, unit)).toBe(words);
  });

  it('gives bytes the unit that fits even where the unit is left out', () => {
    expect(formatAmount(4_200_000, 'byte')).toBe('4.2 MB');
    expect(formatAmount(4_200_000, 'call')).toBe('4.2M');
  });

  it('keeps every digit where it is asked to', () => {
    expect(formatExactQuantity(1_234_567, 'query')).toBe('1,234,567 queries');
  });
});
