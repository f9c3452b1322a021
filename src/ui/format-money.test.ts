import { formatMoney } from './format-money';

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
