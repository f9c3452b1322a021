import { Decimal } from 'decimal.js';
import fc from 'fast-check';
import { shareOut } from './share-out';

const weight = fc.integer({ min: 0, max: 10_000_000 }).map((n) => new Decimal(n).div(1_000).toFixed());
const weights = fc.array(weight, { minLength: 1, maxLength: 12 }).filter((list) => list.some((one) => Number(one) > 0));
const total = fc.oneof(fc.integer({ min: -500, max: 500 }), fc.maxSafeInteger());

describe('shareOut', () => {
  it.each<[number, (number | string)[], number[]]>([
    [100, [1, 1, 1], [34, 33, 33]],
    [-100, [1, 1, 1], [-34, -33, -33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [10, [0, 1, 0, 3], [0, 3, 0, 7]],
    [10, ['0.1', '0.2'], [3, 7]],
    [1, [1, 2, 2], [0, 1, 0]],
    [0, [0, 0], [0, 0]],
    [0, [], []],
    [5, [7], [5]],
    [Number.MAX_SAFE_INTEGER, [1, 1], [4503599627370496, 4503599627370495]],
  ])('%j by %j is %j', (amount, list, shares) => expect(shareOut(amount, list)).toEqual(shares));

  it('adds up to the total, whatever the weights', () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        const sum = shareOut(amount, list).reduce((so, share) => so + BigInt(share), 0n);
        expect(sum).toBe(BigInt(amount));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives each less than one unit more or less than its exact share, nothing to a weight of 0, and no less to a greater weight', () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        // In thousandths, as whole numbers.
        const parts = list.map((one) => BigInt(new Decimal(one).times(1_000).toFixed()));
        const sum = parts.reduce((so, part) => so + part, 0n);
        const shares = shareOut(amount, list);
        shares.forEach((share, place) => {
          const off = BigInt(share) * sum - BigInt(amount) * parts[place]!;
          expect((off < 0n ? -off : off) < sum).toBe(true);
          if (parts[place] === 0n) expect(share).toBe(0);
          for (const [other, part] of parts.entries()) {
            if (part > parts[place]!) expect(Math.abs(shares[other]!)).toBeGreaterThanOrEqual(Math.abs(share));
          }
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives a credit back as it was charged', () => {
    fc.assert(
      fc.property(total, weights, (amount, list) => {
        expect(shareOut(-amount, list)).toEqual(shareOut(amount, list).map((share) => -share + 0));
      }),
    );
  });

  it('names what it cannot share out', () => {
    expect(() => shareOut(0.5, [1])).toThrow('total: expected a whole number below 2^53, received 0.5');
    expect(() => shareOut(1, [1, -1])).toThrow('weights.1: expected a number of at least 0, received -1');
    expect(() => shareOut(1, ['Infinity'])).toThrow('weights.0: expected a number of at least 0, received Infinity');
    expect(() => shareOut(1, [0, 0])).toThrow('weights: expected one above 0 to share 1');
    expect(() => shareOut(1, [])).toThrow('weights: expected one above 0 to share 1');
  });
});
