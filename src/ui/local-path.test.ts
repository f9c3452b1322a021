import fc from 'fast-check';
import { localPath } from './local-path';

describe('localPath', () => {
  it('keeps a path of this site with its query', () => {
    expect(localPath('/invitations/accept?token=abc', '/usage')).toBe('/invitations/accept?token=abc');
  });

  it.each([
    '//evil.example',
    '/\\evil.example',
    '/.//evil.example',
    '/x/..//evil.example',
    '/\t/evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '',
  ])('refuses to leave the site by %j', (path) => {
    expect(localPath(path, '/usage')).toBe('/usage');
  });

  it('never answers with what a browser would resolve to another site', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const here = 'https://usage.example.com';
        expect(new URL(localPath(text, '/usage'), here).origin).toBe(here);
        expect(new URL(localPath(`/${text}`, '/usage'), here).origin).toBe(here);
      }),
    );
  });
});
