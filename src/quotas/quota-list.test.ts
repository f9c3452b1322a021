import fc from 'fast-check';
import { levelOf, projectedUse } from './quota-list';

const period = { from: new Date('2026-11-01T00:00:00Z'), to: new Date('2026-12-01T00:00:00Z') };

describe('a quota as it is read', () => {
  it.each([
    [0, 100, 'calm'],
    [79, 100, 'calm'],
    [80, 100, 'warning'],
    [90, 100, 'high'],
    [100, 100, 'critical'],
    [101, 100, 'over'],
    [1, 0, 'over'],
    [5_000, null, 'calm'],
  ])('of which %p of %p is used is %s', (used, included, level) => {
    expect(levelOf(used, included)).toBe(level);
  });

  it('is projected to at least what is used, and to exactly that at the end', () => {
    const hour = 3_600_000;
    const spanMs = period.to.getTime() - period.from.getTime();
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.integer({ min: hour, max: spanMs }), (used, elapsedMs) => {
        const projected = projectedUse(used, { period, now: new Date(period.from.getTime() + elapsedMs) })!;
        expect(projected).toBeGreaterThanOrEqual(used * (1 - 1e-12));
        if (elapsedMs === spanMs) expect(projected).toBeCloseTo(used);
      }),
    );
    expect(projectedUse(5, { period, now: new Date(period.from.getTime() + hour - 1) })).toBeNull();
    expect(projectedUse(5, { period, now: new Date('2026-11-11T00:00:00Z') })).toBeCloseTo(15);
  });
});
