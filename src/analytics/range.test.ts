import fc from 'fast-check';
import { AppError } from '@/kernel/errors';
import { rangeQuery } from './contracts';
import {
  bucketStarts,
  dayOf,
  hoursOnly,
  isEmpty,
  rangeBefore,
  requireKeptSums,
  resolveRange,
  splitRange,
} from './range';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const now = new Date('2026-03-10T14:20:30.456Z');
const at = (text: string) => new Date(text);

const instant = fc.date({ min: at('2000-01-01T00:00:00Z'), max: at('2100-01-01T00:00:00Z'), noInvalidDate: true });
const range = fc
  .tuple(
    instant,
    fc.oneof(
      fc.integer({ min: 1, max: 400 * 24 }).map((hours) => hours * HOUR_MS),
      fc.integer({ min: 1, max: 4 * HOUR_MS }),
      fc.integer({ min: 1, max: 4 * DAY_MS }),
    ),
  )
  .map(([from, ms]) =>
    resolveRange({ from: from.toISOString(), to: new Date(from.getTime() + ms).toISOString() }, now),
  );

describe('resolveRange', () => {
  it('is what was asked for, to the millisecond, whatever the offset', () => {
    expect(resolveRange({ from: '2026-03-01T05:45:00+05:30', to: '2026-03-02T00:00:00.001Z' }, now)).toEqual({
      from: at('2026-03-01T00:15:00Z'),
      to: at('2026-03-02T00:00:00.001Z'),
    });
    const nearNothing = { from: '2026-03-01T00:00:00.001+14:00', to: '2026-03-01T00:00:00.002+14:00' };
    expect(resolveRange(nearNothing, now)).toEqual({
      from: at('2026-02-28T10:00:00.001Z'),
      to: at('2026-02-28T10:00:00.002Z'),
    });
  });

  it('takes an instant with a plus sign that was not encoded, and none finer than a millisecond', () => {
    const parsed = rangeQuery.safeParse({ from: '2026-03-01T05:45:00.5 05:30' });
    expect(parsed.data?.from).toBe('2026-03-01T05:45:00.5+05:30');
    expect(rangeQuery.safeParse({ from: '2026-03-01T05:45:00.123000Z' }).success).toBe(true);
    for (const from of ['2026-03-01T05:45:00.1234Z', '2026-02-29T00:00:00Z', '2026-03-01', '2026-03-01T00:00:00+24:00'])
      expect(rangeQuery.safeParse({ from }).success).toBe(false);
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
  it('covers every millisecond of the range once: whole UTC days by the day, whole hours by the hour, the rest apart', () => {
    fc.assert(
      fc.property(range, (whole) => {
        for (const { days, edges, cuts } of [splitRange(whole), hoursOnly(whole)]) {
          expect(days.from.getTime() % DAY_MS === 0 || isEmpty(days)).toBe(true);
          for (const edge of edges)
            expect(isEmpty(edge) || (edge.from.getTime() % HOUR_MS) + (edge.to.getTime() % HOUR_MS) === 0).toBe(true);
          for (const cut of cuts) expect(bucketStarts(cut, 'hour').length).toBeLessThanOrEqual(2);
          const parts = [cuts[0], edges[0], days, edges[1], cuts[1]].filter((part) => !isEmpty(part));
          const [first, last] = [parts[0]!, parts.at(-1)!];
          expect([first.from, last.to]).toEqual([whole.from, whole.to]);
          for (const [place, part] of parts.slice(1).entries()) expect(part.from).toEqual(parts[place]!.to);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('has no cut where the range is one of whole hours', () => {
    for (const query of [{ hours: 24 }, { days: 7 }, { days: 30 }])
      expect(splitRange(resolveRange(query, now)).cuts.every(isEmpty)).toBe(true);
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

describe('requireKeptSums', () => {
  const check = (from: string, to: string) => requireKeptSums({ from: at(from), to: at(to) }, now);

  it('refuses a range that cuts a day of more than 400 days ago, of which only the sum is kept', () => {
    expect(() => check('2025-02-02T12:00:00Z', '2025-02-04T00:00:00Z')).toThrow(AppError);
    expect(() => check('2025-02-01T00:00:00Z', '2025-02-02T12:00:00Z')).toThrow('2025-02-03T00:00:00.000Z');
    check('2025-02-01T00:00:00Z', '2025-02-02T00:00:00Z');
    check('2025-02-01T00:00:00Z', '2025-02-04T12:00:00Z');
    check('2025-02-03T12:00:00Z', '2025-02-03T13:00:00Z');
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
