import fc from 'fast-check';
import { formatBytes, formatChange, formatCompact, formatExact, formatMs, formatPercent } from './format-number';

describe('numbers on screen', () => {
  it('writes small numbers whole and large ones short', () => {
    expect([0, 9_999, 12_345, 4_500_000].map(formatCompact)).toEqual(['0', '9,999', '12.3K', '4.5M']);
    expect(formatExact(1_234_567)).toBe('1,234,567');
  });

  it('writes every digit of what no number holds', () => {
    expect(formatExact('10000000000000010')).toBe('10,000,000,000,000,010');
    expect(formatExact('9007199254740993.25')).toBe('9,007,199,254,740,993.25');
    expect(formatCompact('10000000000000010')).toBe('10,000T');
    expect(formatBytes('10000000000000010')).toBe('10 PB');
  });

  it('never rounds up into a fourth digit of the same unit', () => {
    expect(formatBytes(999)).toBe('999 B');
    expect(formatBytes(999_499)).toBe('999 kB');
    expect(formatBytes(999_600)).toBe('1 MB');
    expect(formatMs(999.6)).toBe('1 s');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (bytes) => {
        expect(formatBytes(bytes)).toMatch(/^[\d.]{1,5} (B|kB|MB|GB|TB|PB)$/);
      }),
    );
  });

  it('never shows an error rate above zero as none, nor one below all as all', () => {
    expect(formatPercent(0)).toBe('0%');
    expect(formatPercent(1)).toBe('100%');
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 0.9999, noNaN: true }), (share) => {
        expect(formatPercent(share)).not.toBe('0%');
        expect(formatPercent(share)).not.toBe('0.00%');
      }),
    );
  });

  it('keeps the sign of a change and turns absurd percentages into factors', () => {
    expect([0.124, -0.03, 0, 13].map(formatChange)).toEqual(['+12.4%', '−3.0%', '0.0%', '×14']);
  });

  it('shows a dash where no duration was measured', () => {
    expect(formatMs(null)).toBe('–');
  });
});
