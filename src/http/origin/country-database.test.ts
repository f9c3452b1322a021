import { createCountryDatabase } from './country-database';

describe('the country database', () => {
  it('knows the country of public addresses of both families, and none for private ones', () => {
    const countryOf = createCountryDatabase({
      warn: (problem) => {
        throw problem;
      },
    });
    expect(countryOf('8.8.8.8')).toBe('US');
    expect(countryOf('193.0.6.139')).toBe('NL');
    expect(countryOf('2001:4860:4860::8888')).toBe('US');
    expect(countryOf('10.0.0.1')).toBeNull();
  });
});
