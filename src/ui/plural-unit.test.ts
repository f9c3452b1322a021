import { pluralUnit } from './plural-unit';

describe('pluralUnit', () => {
  it.each([
    ['query', 2, 'queries'],
    ['call', 0, 'calls'],
    ['call', 1, 'call'],
    ['call', '1', 'call'],
    ['tokens', 5, 'tokens'],
    ['GB', 5, 'GB'],
    ['ms', 5, 'ms'],
  ])('says %s of %s as %s', (unit, quantity, word) => {
    expect(pluralUnit(unit, quantity)).toBe(word);
  });
});
