import fc from 'fast-check';
import { dueAt, isTimeZone, type Rhythm } from './schedule-times';

const HOUR_MS = 3_600_000;
const due = (every: Rhythm['every'], day: number, timeZone: string, now: string) => {
  const { period, nextAt } = dueAt({ every, day, timeZone }, new Date(now));
  return [period.from, period.to, nextAt].map((at) => at.toISOString().slice(0, 16));
};

describe('a schedule', () => {
  it('reports of whole weeks and months of its time zone, six hours after their end', () => {
    expect(due('week', 1, 'UTC', '2026-11-30T05:59:00Z')).toEqual([
      '2026-11-16T00:00',
      '2026-11-23T00:00',
      '2026-11-30T06:00',
    ]);
    expect(due('week', 1, 'UTC', '2026-11-30T06:00:00Z')).toEqual([
      '2026-11-23T00:00',
      '2026-11-30T00:00',
      '2026-12-07T06:00',
    ]);
    expect(due('month', 1, 'Asia/Kolkata', '2026-11-05T00:00:00Z')).toEqual([
      '2026-09-30T18:30',
      '2026-10-31T18:30',
      '2026-12-01T00:30',
    ]);
  });

  it('takes the last day of shorter months, and goes back to its own', () => {
    expect(due('month', 31, 'UTC', '2027-02-20T00:00:00Z')).toEqual([
      '2026-12-31T00:00',
      '2027-01-31T00:00',
      '2027-02-28T06:00',
    ]);
    expect(due('month', 31, 'UTC', '2027-03-01T00:00:00Z')).toEqual([
      '2027-01-31T00:00',
      '2027-02-28T00:00',
      '2027-03-31T06:00',
    ]);
    expect(due('month', 30, 'UTC', '2028-03-01T00:00:00Z')).toEqual([
      '2028-01-30T00:00',
      '2028-02-29T00:00',
      '2028-03-30T06:00',
    ]);
  });

  it('follows the clocks of its zone: 23 and 25 hours, and days without a midnight', () => {
    // Berlin: 29 March 2026 has 23 hours, 25 October 25.
    expect(due('week', 1, 'Europe/Berlin', '2026-03-30T12:00:00Z')).toEqual([
      '2026-03-22T23:00',
      '2026-03-29T22:00',
      '2026-04-06T04:00',
    ]);
    expect(due('week', 1, 'Europe/Berlin', '2026-10-26T12:00:00Z')).toEqual([
      '2026-10-18T22:00',
      '2026-10-25T23:00',
      '2026-11-02T05:00',
    ]);
    // Santiago: on 6 September 2026 the day begins at one o'clock.
    expect(due('week', 7, 'America/Santiago', '2026-09-06T20:00:00Z')).toEqual([
      '2026-08-30T04:00',
      '2026-09-06T04:00',
      '2026-09-13T09:00',
    ]);
  });

  it('has periods that follow each other without gaps in every zone, and is next made after now', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('week' as const, 'month' as const),
        fc.integer({ min: 1, max: 31 }),
        fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
        fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2029, 0, 1) }),
        (every, day, timeZone, nowMs) => {
          const rhythm = { every, day: every === 'week' ? 1 + (day % 7) : day, timeZone };
          const now = dueAt(rhythm, new Date(nowMs));
          expect(now.nextAt.getTime()).toBeGreaterThan(nowMs);
          expect(now.period.to.getTime() + 6 * HOUR_MS).toBeLessThanOrEqual(nowMs);
          const next = dueAt(rhythm, now.nextAt);
          expect(next.period.from).toEqual(now.period.to);
          expect(dueAt(rhythm, new Date(now.nextAt.getTime() - 1))).toEqual(now);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('knows the names of time zones', () => {
    expect(['Europe/Berlin', 'UTC', 'Mars/Base', ''].map(isTimeZone)).toEqual([true, true, false, false]);
  });
});
