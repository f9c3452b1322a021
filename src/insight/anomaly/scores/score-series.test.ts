import fc from 'fast-check';
import { type Noise, NOISES, trafficSeries, FIRST_HOUR_MS, HOUR_MS } from '@/testing/traffic-series';
import { createSeriesDetector, scoreSeries } from './score-series';

const noises = Object.keys(NOISES) as Noise[];
const DAYS = 70;
/** A Thursday, ten in the morning. */
const PLANTED = 45 * 24 + 10;

const alarmsOf = (values: number[]): number[] =>
  scoreSeries(
    values.map((_, hour) => FIRST_HOUR_MS + hour * HOUR_MS),
    values,
  ).flatMap((score, hour) => (score >= 0.5 ? [hour] : []));

/** Replaces what is from `PLANTED` on, for so many hours. */
const plant = (values: number[], hours: number, change: (value: number, hour: number) => number): number[] =>
  values.map((value, hour) => (hour >= PLANTED && hour < PLANTED + hours ? change(value, hour) : value));

it('tells less than one false alarm in three months of clean traffic with weekends, holidays, growth and noise of any kind', () => {
  const series = noises.flatMap((noise) =>
    [1, 2, 3].map((seed) => trafficSeries({ noise, seed, days: DAYS, peak: 400 })),
  );
  const alarms = series.reduce((sum, { values }) => sum + alarmsOf(values).length, 0);
  expect(alarms / ((series.length * DAYS) / 30)).toBeLessThan(1 / 3);
});

describe.each(noises)('in traffic with %s noise', (noise) => {
  const { values } = trafficSeries({ noise, seed: 7, days: DAYS, peak: 400 });
  /** Hours from the planted moment to the first alarm within the incident, and how many alarms it made. */
  const found = (hours: number, change: (value: number, hour: number) => number) => {
    const alarms = alarmsOf(plant(values, hours, change)).filter((hour) => hour >= PLANTED && hour < PLANTED + hours);
    return { delay: alarms.length === 0 ? null : alarms[0]! - PLANTED, alarms: alarms.length };
  };

  it.each([
    ['a spike', 2, (value: number) => value * 10 + 50, 0],
    ['a new level', 24 * 20, (value: number) => value * 4 + 20, 12],
    ['an outage', 12, () => 0, 2],
    ['hours that moved by ten', 72, (_: number, hour: number) => values[hour - 10]!, 24],
  ] as const)('tells %s once, and early', (_, hours, change, within) => {
    const { delay, alarms } = found(hours, change);
    expect(alarms).toBe(1);
    expect(delay).toBeLessThanOrEqual(within);
  });
});

it('tells a slow drift within three weeks, and does not tell growth of 10 % a month', () => {
  const { values } = trafficSeries({ noise: 'poisson', seed: 3, days: 90, peak: 400 });
  const drifting = plant(
    values,
    values.length,
    (value, hour) => value * (1 + Math.min(2, (0.05 * (hour - PLANTED)) / 24)),
  );
  const alarms = alarmsOf(drifting).filter((hour) => hour >= PLANTED);
  expect(alarms[0]! - PLANTED).toBeLessThanOrEqual(21 * 24);
});

it('learns a new level: it is one incident, and another one on top of it is told again', () => {
  const { values } = trafficSeries({ noise: 'poisson', seed: 5, days: 100, peak: 400 });
  const again = PLANTED + 30 * 24;
  const twice = values.map((value, hour) => value * (hour < PLANTED ? 1 : hour < again ? 4 : 16));
  const alarms = alarmsOf(twice).filter((hour) => hour >= PLANTED);
  expect(alarms).toHaveLength(2);
  expect(alarms[1]).toBeGreaterThanOrEqual(again);
});

it('finds a day that stays flat, or does not come, in two weeks of five-minute values', () => {
  const at = 288 * 10 + 9 * 12;
  const square = Array.from({ length: 288 * 14 }, (_, index) => {
    const hour = (index % 288) / 12;
    return (hour >= 9 && hour < 18 ? 80 : 20) + ((index * 7919) % 60) / 10;
  });
  const times = square.map((_, index) => FIRST_HOUR_MS + index * 300_000);
  const alarms = (values: number[]) =>
    scoreSeries(times, values).flatMap((score, index) => (score >= 0.5 ? [index] : []));
  expect(alarms(square)).toEqual([]);
  for (const level of [50, 20, 0, 140]) {
    const odd = square.map((value, index) => (index >= at && index < at + 108 ? level + (value % 6) : value));
    const [first, ...more] = alarms(odd);
    expect(more).toEqual([]);
    expect(first! - at).toBeGreaterThanOrEqual(0);
    expect(first! - at).toBeLessThan(24);
  }
});

it('does not tell 1 → 6 calls an hour', () => {
  const few = Array.from({ length: 24 * 40 }, (_, hour): number => ((hour * 31) % 7 === 0 ? 1 : 0));
  few.splice(24 * 30 + 5, 1, 6);
  expect(alarmsOf(few)).toEqual([]);
});

const value = fc.oneof(
  fc.integer({ min: 0, max: 50 }),
  fc.double(),
  fc.constantFrom(0, 0, 0, 1, -1, 1e308, -1e308, 5e-324, Number.NaN, Infinity),
);
const anySeries = fc
  .tuple(
    fc.array(value, { maxLength: 400 }),
    fc.constantFrom(60_000, 300_000, HOUR_MS, 24 * HOUR_MS),
    fc.infiniteStream(fc.nat(9)),
  )
  .map(([values, spacingMs, gaps]) => {
    let atMs = FIRST_HOUR_MS;
    const timestampsMs = values.map(() => (atMs += spacingMs * (1 + Math.max(0, gaps.next().value! - 7))));
    return { timestampsMs, values };
  });

it('scores anything between 0 and 1, and no score depends on what comes after it', () => {
  fc.assert(
    fc.property(anySeries, fc.nat(400), ({ timestampsMs, values }, cut) => {
      const all = scoreSeries(timestampsMs, values);
      expect(all.every((score) => score >= 0 && score <= 1)).toBe(true);
      expect(scoreSeries(timestampsMs.slice(0, cut), values.slice(0, cut))).toEqual(all.slice(0, cut));
    }),
  );
});

it('scores the first half of traffic with an incident alike whether there is a second half', () => {
  const { timestampsMs, values } = trafficSeries({ noise: 'overdispersed', seed: 4, days: DAYS, peak: 400 });
  const odd = plant(values, 24 * 5, (each) => each * 6);
  const half = PLANTED + 30;
  expect(scoreSeries(timestampsMs.slice(0, half), odd.slice(0, half))).toEqual(
    scoreSeries(timestampsMs, odd).slice(0, half),
  );
});

it.each([
  ['one value', [5]],
  ['nothing', []],
  ['zeros', Array<number>(2000).fill(0)],
  ['a constant', Array<number>(2000).fill(45.1)],
])('is quiet about %s', (_, values) => {
  expect(alarmsOf(values)).toEqual([]);
});

it('says what is unusual, and where a usual value would lie', () => {
  const { timestampsMs, values } = trafficSeries({ noise: 'poisson', seed: 9, days: 40, peak: 400 });
  const detector = createSeriesDetector();
  for (const [hour, each] of values.entries()) detector.next(timestampsMs[hour]!, each);
  const noon = detector.next(timestampsMs.at(-1)! + 13 * HOUR_MS, 4000);
  expect(noon.severities.spike).toBeGreaterThan(1);
  expect(noon.expected!.low).toBeGreaterThan(100);
  expect(noon.expected!.high).toBeLessThan(800);
});
