import fc from 'fast-check';
import { AppError } from '@/kernel/errors';
import { bucketStarts, dayOf, rangeBefore, resolveRange, splitRange } from './range';

const HOUR_MS = 3_600_000;
const now = new Date('2026-03-10T14:20:30.456Z');
const at = (text: string) => new Date(text);

const instant = fc.date({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z'), noInvalidDate: true });
const range = fc
  .tuple(instant, fc.integer({ min: 1, max: 400 * 24 }))
  .map(([from, hours]) =>
    resolveRange({ from: from.toISOString(), to: new Date(from.getTime() + hours * HOUR_MS).toISOString() }, now),
  );

describe('resolveRange', () => {
  it('widens from and to to whole hours, whatever their offset', () => {
    expect(resolveRange({ from: '2026-03-01T05:45:00+05:30', to: '2026-03-02T00:00:00.001Z' }, now)).toEqual({
      from: at('2026-03-01T00:00:00Z'),
      to: at('2026-03-02T01:00:00Z'),
    });
  });

  it('counts hours, and up to seven days, back from the end of the current hour', () => {
    expect(resolveRange({ hours: 24 }, now)).toEqual({
      from: at('2026-03-09T15:00:00Z'),
      to: at('2026-03-10T15:00:00Z'),
    });
    expect(resolveRange({ days: 7 }, now)).toEqual({
      from: at('2026-03-03T15:00:00Z'),
      to: at('2026-03-10T15:00:00Z'),
    });
  });

  it('begins longer spans at a UTC midnight, so that N days are N points', () => {
    for (const days of [8, 30, 90, 400]) {
      const resolved = resolveRange({ days }, now);
      expect(bucketStarts(resolved, 'day')).toHaveLength(days);
      expect(resolved.from.getTime() % (24 * HOUR_MS)).toBe(0);
      expect(resolved.to).toEqual(at('2026-03-10T15:00:00Z'));
    }
  });

  it('is thirty days when nothing is said', () => {
    expect(resolveRange({}, now)).toEqual(resolveRange({ days: 30 }, now));
  });

  it.each([
    ['contradictory', { from: '2026-03-01T00:00:00Z', days: 3 }],
    ['contradictory', { days: 3, hours: 3 }],
    ['half-said', { to: '2026-03-01T00:00:00Z' }],
    ['empty', { from: '2026-03-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }],
    ['backward', { from: '2026-03-02T00:00:00Z', to: '2026-03-01T00:00:00Z' }],
    ['too long', { from: '2020-01-01T00:00:00Z', to: '2026-03-01T00:00:00Z' }],
  ])('refuses a %s range', (_kind, query) => {
    expect(() => resolveRange(query, now)).toThrow(AppError);
  });
});

describe('splitRange', () => {
  it('covers every hour of the range once: whole UTC days by the day, the rest by the hour', () => {
    fc.assert(
      fc.property(range, (whole) => {
        const { days, edges } = splitRange(whole);
        expect(days.from.getTime() % (24 * HOUR_MS) === 0 || days.from.getTime() === days.to.getTime()).toBe(true);
        const hours = [edges[0], days, edges[1]]
          .flatMap((part) => bucketStarts(part, 'hour'))
          .map((hour) => hour.getTime());
        const expected = bucketStarts(whole, 'hour').map((hour) => hour.getTime());
        expect(hours.sort((a, b) => a - b)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it('reads fewer than 48 hours by the hour', () => {
    fc.assert(
      fc.property(range, (whole) => {
        const { edges } = splitRange(whole);
        expect(edges.flatMap((edge) => bucketStarts(edge, 'hour')).length).toBeLessThan(48);
      }),
      { numRuns: 200 },
    );
  });
});

describe('calendar', () => {
  it('ends a period where the next begins', () => {
    expect(rangeBefore({ from: at('2026-03-01T00:00:00Z'), to: at('2026-03-03T00:00:00Z') })).toEqual({
      from: at('2026-02-27T00:00:00Z'),
      to: at('2026-03-01T00:00:00Z'),
    });
    expect(dayOf(now)).toEqual({ from: at('2026-03-10T00:00:00Z'), to: at('2026-03-11T00:00:00Z') });
  });
});
