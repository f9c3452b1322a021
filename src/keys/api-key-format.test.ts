import fc from 'fast-check';
import { generateApiKey, hashApiKey, isApiKey, parseApiKey } from './api-key-format';
import { API_KEY_PATTERN } from './contracts';

const key = fc.boolean().map(generateApiKey);
const place = fc.nat({ max: 43 });
const printable = fc.integer({ min: 33, max: 126 }).map((code) => String.fromCharCode(code));

describe('the format of a key', () => {
  it('recognises every key we make, with its mode and the parts that may be shown', () => {
    fc.assert(
      fc.property(fc.boolean(), (livemode) => {
        const made = generateApiKey(livemode);
        expect(made).toMatch(API_KEY_PATTERN);
        expect(parseApiKey(made)).toEqual({ livemode, prefix: made.slice(0, 12), lastFour: made.slice(-4) });
      }),
    );
  });

  it('refuses a key with any one character changed', () => {
    fc.assert(
      fc.property(key, place, printable, (made, at, other) => {
        fc.pre(made[at] !== other);
        expect(isApiKey(made.slice(0, at) + other + made.slice(at + 1))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a key with any two characters swapped', () => {
    fc.assert(
      fc.property(key, place, place, (made, a, b) => {
        fc.pre(made[a] !== made[b]);
        const letters = [...made];
        [letters[a], letters[b]] = [letters[b]!, letters[a]!];
        expect(isApiKey(letters.join(''))).toBe(false);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a key that was cut or continued', () => {
    fc.assert(
      fc.property(key, place, fc.string({ minLength: 1 }), (made, length, more) => {
        expect(isApiKey(made.slice(0, length))).toBe(false);
        expect(isApiKey(made + more)).toBe(false);
        expect(isApiKey(more + made)).toBe(false);
      }),
    );
  });

  it('ends in the base62 of the CRC32 of what stands before, as scanners of others would compute it', () => {
    // CRC32 computed bit by bit, and base62 with the digits 0-9, A-Z, a-z: nothing of ours.
    const crc32 = (text: string) => {
      let crc = 0xffffffff;
      for (const letter of text) {
        crc ^= letter.charCodeAt(0);
        for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
      }
      return (crc ^ 0xffffffff) >>> 0;
    };
    const valueOf = (digits: string) =>
      [...digits].reduce((sum, digit) => {
        const code = digit.charCodeAt(0);
        return sum * 62 + (code < 58 ? code - 48 : code < 91 ? code - 55 : code - 61);
      }, 0);
    fc.assert(fc.property(key, (made) => expect(valueOf(made.slice(-6))).toBe(crc32(made.slice(0, -6)))));
  });

  it('stores a hash from which the key cannot be read', () => {
    const made = generateApiKey(true);
    expect(hashApiKey(made)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashApiKey(made)).not.toContain(made.slice(8, 14));
  });
});
