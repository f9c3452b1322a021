import fc from 'fast-check';
import { localPartOf, slugCandidate, slugFrom } from './organization-slug';

/** The check constraint of organizations.slug. */
const ACCEPTED = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

describe('slugs', () => {
  it('are accepted by the database, whatever text and attempt they are made from', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 0, max: 10 }), (text, attempt) => {
        expect(slugCandidate(text, attempt)).toMatch(ACCEPTED);
      }),
    );
  });

  it('keep what can be kept of a name', () => {
    expect(slugFrom('Ada.Lovelace+test')).toBe('ada-lovelace-test');
    expect(slugFrom('Żółć & Söhne')).toBe('zo-c-sohne');
    expect(slugFrom('東京')).toBe('organization');
  });

  it('differ from attempt to attempt', () => {
    const made = new Set(Array.from({ length: 50 }, () => slugCandidate('acme', 4)));
    expect(made.size).toBeGreaterThan(45);
  });

  it('are made from the part of an address before its last @', () => {
    expect(localPartOf('ada@example.com')).toBe('ada');
    expect(localPartOf('"a@b"@example.com')).toBe('"a@b"');
    expect(localPartOf('@example.com')).toBe('@example.com');
  });
});
