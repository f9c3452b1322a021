import fc from 'fast-check';
import { paginate } from './paginate';

const room = 100;

describe('dealing strips to pages', () => {
  it('keeps each strip once and in order, and fills no page beyond its room', () => {
    const strip = fc.record({ height: fc.integer({ min: 0, max: 100 }), keepWithNext: fc.boolean() });
    fc.assert(
      fc.property(fc.array(strip, { maxLength: 60 }), (strips) => {
        const pages = paginate(strips, (page) => room + (page === 0 ? 20 : 0));
        expect(pages.flat()).toEqual(strips);
        for (const [at, page] of pages.entries()) {
          const filled = page.reduce((sum, { height }) => sum + height, 0);
          expect(filled).toBeLessThanOrEqual(at === 0 ? 120 : 100);
          expect(page.length).toBeGreaterThan(0);
        }
      }),
    );
  });

  it('moves what must stay together, unless it is higher than a page', () => {
    const kept = { height: 40, keepWithNext: true };
    const free = { height: 40 };
    expect(paginate([free, kept, free], () => room)).toEqual([[free], [kept, free]]);
    expect(paginate([kept, kept, kept], () => room)).toEqual([[kept, kept], [kept]]);
  });
});
