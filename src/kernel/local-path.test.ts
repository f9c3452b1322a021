import fc from 'fast-check';
import { localPathOr } from './local-path';

const SITE = 'https://usage.example.com';

describe('a path from a link', () => {
  it('never leads away from the site, however it is written', () => {
    const hostile = fc.constantFrom(
      '/',
      '\\',
      '//',
      '\t',
      '\n',
      '\r',
      '.',
      '..',
      '@',
      ':',
      'evil.example',
      'javascript:',
      '%2f',
      '%5c',
      ' ',
    );
    const text = fc.oneof(
      fc.string(),
      fc.array(hostile, { maxLength: 8 }).map((parts) => `/${parts.join('')}`),
    );
    fc.assert(
      fc.property(text, (path) => {
        const target = new URL(localPathOr('/usage', path), SITE);
        expect(target.origin).toBe(SITE);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
    null,
    undefined,
  ])('falls back for %j', (path) => expect(localPathOr('/usage', path)).toBe('/usage'));

  it('keeps query and fragment of a path of this site', () => {
    expect(localPathOr('/usage', '/invitations/accept?token=a%20b#c')).toBe('/invitations/accept?token=a%20b#c');
  });
});
