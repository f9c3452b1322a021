import { countryName } from './country-name';

describe('the name of a country', () => {
  it.each([
    ['DE', 'Germany'],
    ['CI', 'Côte d’Ivoire'],
    ['ZZ', 'Unknown Region'],
    ['QX', 'QX'],
    ['Deutschland', 'Deutschland'],
    ['', ''],
  ])('of %s is %s', (code, name) => {
    expect(countryName(code)).toBe(name);
  });
});
