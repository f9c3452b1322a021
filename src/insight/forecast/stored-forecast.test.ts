import { seriesOfKind } from '@/testing/series-kinds';
import { forecastToStore, seenFrom } from './stored-forecast';

const DAY_MS = 86_400_000;
const TODAY = new Date('2026-03-21T00:00:00Z');
const days = seriesOfKind('web traffic', 5, 120).map((quantity, day) => ({
  at: new Date(TODAY.getTime() - (120 - day) * DAY_MS),
  quantity,
}));
const made = forecastToStore({ days, today: { at: TODAY, quantity: 0 } });

it('seen from the day it was made on, a stored forecast says what it said, and from a later one what it said of the days from then on', () => {
  expect(made.mean).toHaveLength(33);
  const sameDay = seenFrom(made, TODAY, 31)!;
  expect(sameDay.mean).toEqual(made.mean);
  expect(sameDay.sums.lo[30]).toBeCloseTo(made.sumsLo[30]!, 6);
  expect(sameDay.sums.hi[30]).toBeCloseTo(made.sumsHi[30]!, 6);
  const later = seenFrom(made, new Date(TODAY.getTime() + 2 * DAY_MS), 31)!;
  expect(later.mean).toEqual(made.mean.slice(2));
  for (let h = 0; h < 31; h += 1) {
    const [lo, mean, hi] = [later.sums.lo[h]!, later.sums.mean[h]!, later.sums.hi[h]!];
    expect(lo).toBeLessThanOrEqual(mean);
    expect(mean).toBeLessThanOrEqual(hi);
  }
});

it('is certain of nothing, and of less the more is asked for', () => {
  const { chanceAbove, sums } = seenFrom(made, TODAY, 30)!;
  const chances = [0, 0.9, 1, 1.1, 10].map((times) => chanceAbove(30, times * sums.mean[29]!));
  expect(chances).toEqual([...chances].sort((a, b) => b - a));
  expect(chances[2]).toBeCloseTo(0.5, 6);
  expect(chances[0]).toBeLessThan(1);
  expect(chances[4]).toBeGreaterThan(0);
  expect(chanceAbove(30, sums.hi[29]!)).toBeCloseTo(0.03, 1);
});

it('says nothing of days before it was made or beyond those it has, and of a history of six days nothing at all', () => {
  expect(seenFrom(made, new Date(TODAY.getTime() - DAY_MS), 1)).toBeNull();
  expect(seenFrom(made, new Date(TODAY.getTime() + 3 * DAY_MS), 31)).toBeNull();
  const young = forecastToStore({ days: days.slice(-6), today: { at: TODAY, quantity: 0 } });
  expect(young).toMatchObject({ historyDays: 6, mean: [] });
  expect(seenFrom(young, TODAY, 1)).toBeNull();
});
