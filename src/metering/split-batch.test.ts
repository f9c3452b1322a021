import fc from 'fast-check';
import { splitBatch } from './split-batch';

const batchOf = (organizationIds: string[], events: number) =>
  Array.from({ length: events }, (_, n) => ({ organizationId: organizationIds[n % organizationIds.length]! }));

describe('splitting a batch', () => {
  it('puts each event into one part, each organization into one part, and keeps the order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.uuid(), { minLength: 1, maxLength: 60 }),
        fc.integer({ min: 0, max: 6_000 }),
        (organizationIds, events) => {
          const batch = batchOf(organizationIds, events);
          const parts = splitBatch(batch);
          expect(parts.flat().sort((a, b) => a - b)).toEqual(batch.map((_, position) => position));
          for (const part of parts) expect(part).toEqual(part.toSorted((a, b) => a - b));
          const seen = parts.map((part) => new Set(part.map((position) => batch[position]!.organizationId)));
          expect(seen.reduce((sum, { size }) => sum + size, 0)).toBe(new Set(seen.flatMap((set) => [...set])).size);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('leaves a batch whole that is small or of few organizations', () => {
    const many = Array.from({ length: 100 }, () => crypto.randomUUID());
    expect(splitBatch(batchOf(many, 900))).toHaveLength(1);
    expect(splitBatch(batchOf(many.slice(0, 8), 5_000))).toHaveLength(1);
    expect(splitBatch(batchOf(many, 2_000))).toHaveLength(4);
  });
});
