import fc from 'fast-check';
import { sortRows } from './sort-header';

describe('sortRows', () => {
  it('keeps every row, orders the values, and puts rows without a value last in both directions', () => {
    const rows = fc.array(fc.record({ value: fc.option(fc.integer(), { nil: null }) }));
    fc.assert(
      fc.property(rows, fc.constantFrom('ascending' as const, 'descending' as const), (all, direction) => {
        const sorted = sortRows(all, (row) => row.value, { key: 'value', direction });
        expect(new Set(sorted)).toEqual(new Set(all));
        const values = sorted.map((row) => row.value);
        const known = values.filter((value) => value !== null);
        expect(values.slice(known.length).every((value) => value === null)).toBe(true);
        const sign = direction === 'ascending' ? 1 : -1;
        expect(known).toEqual([...known].sort((a, b) => sign * (a - b)));
      }),
    );
  });
});
