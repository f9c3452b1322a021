import fc from 'fast-check';
import { periodAt } from './billing-period';

const DAY_MS = 24 * 60 * 60 * 1000;
const day = (date: Date): string => date.toISOString().slice(0, 10);
const instant = fc.date({
  min: new Date('1900-01-01T00:00:00Z'),
  max: new Date('2199-12-31T00:00:00Z'),
  noInvalidDate: true,
});
const anchor = instant.map(day);

it('holds the instant it was asked for', () => {
  fc.assert(
    fc.property(anchor, instant, (from, at) => {
      const period = periodAt(from, at);
      expect(period.from <= at && at < period.to).toBe(true);
    }),
  );
});

it('tiles time without gap or overlap', () => {
  fc.assert(
    fc.property(anchor, instant, (from, at) => {
      const period = periodAt(from, at);
      const next = periodAt(from, period.to);
      expect([next.from, next.index]).toEqual([period.to, period.index + 1]);
      const before = periodAt(from, new Date(period.from.getTime() - 1));
      expect([before.to, before.index]).toEqual([period.from, period.index - 1]);
      expect(periodAt(from, period.from)).toEqual(period);
      expect(periodAt(from, new Date(period.to.getTime() - 1))).toEqual(period);
    }),
  );
});

it('starts on the day of the anchor, or on the last day of a month that is too short', () => {
  fc.assert(
    fc.property(anchor, instant, (from, at) => {
      const start = periodAt(from, at).from;
      const anchorDay = Number(from.slice(8));
      expect(start.toISOString().slice(10)).toBe('T00:00:00.000Z');
      if (start.getUTCDate() === anchorDay) return;
      expect(start.getUTCDate()).toBeLessThan(anchorDay);
      expect(new Date(start.getTime() + DAY_MS).getUTCDate()).toBe(1);
    }),
  );
});

it('is counted from the anchor, never from the period before', () => {
  const starts = ['2027-01-31', '2027-02-28', '2027-03-31', '2027-04-30', '2028-02-29'];
  expect(starts.map((start) => periodAt('2027-01-31', new Date(start)))).toEqual([
    { from: new Date('2027-01-31'), to: new Date('2027-02-28'), index: 0 },
    { from: new Date('2027-02-28'), to: new Date('2027-03-31'), index: 1 },
    { from: new Date('2027-03-31'), to: new Date('2027-04-30'), index: 2 },
    { from: new Date('2027-04-30'), to: new Date('2027-05-31'), index: 3 },
    { from: new Date('2028-02-29'), to: new Date('2028-03-31'), index: 13 },
  ]);
});

it('begins with the anchor itself', () => {
  expect(periodAt('2026-11-05', new Date('2026-11-05T00:00:00Z')).index).toBe(0);
  expect(periodAt('2026-11-05', new Date('2026-11-04T23:59:59.999Z')).index).toBe(-1);
});

it('refuses what is no day', () => {
  for (const text of ['', '2026-13-01', '2026-11', '26-11-01', '2026-11-01T00:00:00Z']) {
    expect(() => periodAt(text, new Date())).toThrow(RangeError);
  }
});
