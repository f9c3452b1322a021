import fc from 'fast-check';
import { readRecords, RecordEncoder } from './journal-record';

const encodeRecords = (payloads: readonly string[]) => new RecordEncoder().encode(payloads);

/** Payloads as the journal has them: JSON texts, with any characters inside. */
const payloads = fc.array(
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify({ value })),
  {
    minLength: 1,
    maxLength: 8,
  },
);
const read = (bytes: Buffer) => {
  const pieces = [...readRecords(bytes)];
  return {
    pieces,
    records: pieces.flatMap((piece) => (piece.kind === 'record' ? [piece.payload] : [])),
    others: pieces.filter((piece) => piece.kind !== 'record').map((piece) => piece.kind),
  };
};

describe('the journal record', () => {
  it('gives back what was written', () => {
    fc.assert(
      fc.property(payloads, (written) => {
        expect(read(encodeRecords(written))).toMatchObject({ records: written, others: [] });
      }),
    );
  });

  it('is cut as torn at every byte of the last record, and everything before it survives', () => {
    fc.assert(
      fc.property(payloads, (written) => {
        const before = written.slice(0, -1);
        const start = encodeRecords(before).length;
        const whole = encodeRecords(written);
        for (let end = start + 1; end < whole.length; end++) {
          expect(read(whole.subarray(0, end))).toMatchObject({ records: before, others: ['torn'] });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is told from the room behind it, also where it was cut', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.nat({ max: 5000 }), (written, place, room) => {
        const whole = encodeRecords(written);
        const segment = Buffer.concat([whole, Buffer.alloc(room)]);
        expect(read(segment)).toMatchObject({ records: written, others: [] });
        const end = place % whole.length;
        segment.fill(0, end);
        expect(read(segment)).toEqual(read(whole.subarray(0, end)));
      }),
    );
  });

  it('is never given back altered: a flipped bit costs its own record only, and is told from a torn end', () => {
    fc.assert(
      fc.property(payloads, fc.nat(), fc.integer({ min: 0, max: 7 }), (written, place, bit) => {
        const bytes = encodeRecords(written);
        const offset = place % bytes.length;
        bytes.writeUInt8(bytes.readUInt8(offset) ^ (1 << bit), offset);
        let end = 0;
        const hit = written.findIndex((payload) => offset < (end += encodeRecords([payload]).length));
        const { records, others } = read(bytes);
        expect(records).toEqual(written.filter((_, index) => index !== hit));
        expect(others).toEqual(['damaged']);
      }),
      { numRuns: 500 },
    );
  });

  it('accounts for every byte of whatever a file holds', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(payloads.map(encodeRecords), fc.uint8Array())), (parts) => {
        const bytes = Buffer.concat([...parts, Buffer.of(1)]);
        const offsets = [...read(bytes).pieces.map(({ offset }) => offset), bytes.length];
        expect(offsets).toEqual([...offsets].sort((a, b) => a - b));
        expect(offsets[0]).toBe(0);
        expect(new Set(offsets).size).toBe(offsets.length);
      }),
    );
  });
});
