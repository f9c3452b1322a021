import { formatMoney, formatSum } from './format-money';

describe('formatMoney', () => {
  it.each([
    ['0', '$0'],
    ['49.00', '$49'],
    ['1234.5', '$1,234.50'],
    ['0.50', '$0.50'],
    ['0.002', '$0.002'],
    ['0.0000125', '$0.0000125'],
  ])('writes %s dollars as %s', (amount, words) => {
    expect(formatMoney(amount, 'USD')).toBe(words);
  });
});

describe('formatSum', () => {
  it.each([
    ['49.00', 'USD', '$49.00'],
    ['-1234.50', 'EUR', '−€1,234.50'],
    ['1200', 'JPY', '¥1,200'],
    // A currency of which Intl shows no digits.
    ['990.00', 'HUF', 'HUF\u00a0990.00'],
    ['90071992547409.93', 'USD', '$90,071,992,547,409.93'],
  ])('writes %s %s as %s', (amount, currency, words) => {
    expect(formatSum(amount, currency)).toBe(words);
  });
});
