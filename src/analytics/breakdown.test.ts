import fc from 'fast-check';
import { addBreakdowns, readBreakdown } from './breakdown';

const entry = (code: number, n: number): Buffer => {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt16BE(code, 0);
  bytes.writeInt32BE(n, 2);
  return bytes;
};
const entries = fc.array(
  fc.tuple(
    fc.oneof(
      fc.integer({ min: 0, max: 1_100 }),
      fc.integer({ min: 2_100, max: 2_599 }),
      fc.integer({ min: 3_000, max: 3_010 }),
      fc.integer({ min: 4_000, max: 5_295 }),
    ),
    fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  ),
  { maxLength: 50 },
);
const bytesOf = (list: [number, number][]) => Buffer.concat(list.map(([code, n]) => entry(code, n)));

describe('a breakdown', () => {
  it('tells buckets, statuses, methods and countries apart', () => {
    const { latency, statuses, methods, countries } = readBreakdown(
      bytesOf([
        [0, 1],
        [312, 4],
        [2_200, 5],
        [3_000, 1],
        [3_001, 4],
        [4_000 + 13 * 36 + 14, 2],
        [4_000 + 29 * 36 + 1, 1],
      ]),
    );
    expect([...latency]).toEqual([
      [0, 1],
      [312, 4],
    ]);
    expect([...statuses]).toEqual([['200', 5]]);
    expect([...methods]).toEqual([
      ['OTHER', 1],
      ['GET', 4],
    ]);
    expect([...countries]).toEqual([
      ['DE', 2],
      ['T1', 1],
    ]);
  });

  it('of several put one behind the other is the sum of theirs, in any order', () => {
    fc.assert(
      fc.property(entries, entries, (a, b) => {
        const together = readBreakdown(bytesOf([...b, ...a]));
        const added = addBreakdowns([readBreakdown(bytesOf(a)), readBreakdown(bytesOf(b))]);
        for (const kind of ['latency', 'statuses', 'methods', 'countries'] as const)
          expect(new Map<unknown, number>(added[kind])).toEqual(new Map<unknown, number>(together[kind]));
      }),
    );
  });
});
