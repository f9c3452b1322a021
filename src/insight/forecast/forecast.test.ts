import fc from 'fast-check';
import { drawsOf } from '@/testing/series-draws';
import { heldOutKinds, seriesKinds, seriesOfKind } from '@/testing/series-kinds';
import { forecastModel } from '../contracts';
import { type Band, forecast, type ForecastOptions } from './forecast';

const MODELS = forecastModel.options;
const days = (options: Partial<ForecastOptions> = {}): ForecastOptions => ({
  season: 7,
  horizon: 30,
  model: 'auto',
  ...options,
});
const WEEK = [1.1, 1.2, 1.2, 1.1, 1, 0.7, 0.7];

/** Of what comes, how many lie inside. */
const insideOf = (band: Band, came: readonly number[]) =>
  came.filter((value, h) => value >= band.lo[h]! - 1e-9 * value && value <= band.hi[h]! + 1e-9 * value).length;

describe('any history', () => {
  const size = fc.oneof(
    fc.integer({ min: 0, max: 20 }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.constantFrom(0, 1, 1e12, 5e-324, Number.MAX_VALUE, -Number.MAX_VALUE),
  );
  const history = fc
    .array(fc.option(size, { freq: 8 }), { minLength: 1, maxLength: 120 })
    .filter((values) => values.some((value) => value !== null));

  it('has an answer of finite numbers by every model, its mean inside its interval, which never gets narrower', () => {
    fc.assert(
      fc.property(history, fc.constantFrom(...MODELS), fc.constantFrom(7, 24), (values, model, season) => {
        const answer = forecast(values, { season, horizon: 40, model });
        for (const { mean, lo, hi } of [answer, answer.sums]) {
          expect([...mean, ...lo, ...hi].every(Number.isFinite)).toBe(true);
          expect(mean.every((value, h) => lo[h]! <= value && value <= hi[h]!)).toBe(true);
        }
        const most = values.reduce<number>((a, b) => Math.max(a, Math.abs(b ?? 0)), 0);
        if (most < 1e300) {
          const widths = answer.hi.map((value, h) => value - answer.mean[h]!);
          // The smallest numbers there are round by as much as they are.
          const slack = 1e-9 * answer.hi.reduce((a, b) => Math.max(a, Math.abs(b)), 0) + 1e-320;
          expect(widths.every((width, h) => h === 0 || width >= widths[h - 1]! - slack)).toBe(true);
        }
        const told = Object.values(answer.accuracy).filter((value) => value !== null);
        expect(told.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('without a negative value is never followed by one', () => {
    const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(counts, fc.constantFrom(...MODELS), (values, model) => {
        const { mean, lo, sums } = forecast(values, days({ model }));
        expect([...mean, ...lo, ...sums.lo].every((value) => value >= 0)).toBe(true);
      }),
    );
  });

  it('gives the same answer in any unit', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 8, maxLength: 100 }), (values) => {
        const plain = forecast(values, days());
        const large = forecast(
          values.map((value) => value * 2 ** 40),
          days(),
        );
        expect(large.mean).toEqual(plain.mean.map((value) => value * 2 ** 40));
        expect(large.hi).toEqual(plain.hi.map((value) => value * 2 ** 40));
      }),
    );
  });

  it('is less likely to be followed by more than a larger amount', () => {
    const { chanceAbove, sums } = forecast(seriesOfKind('web traffic', 1, 200), days());
    const chances = [0, 0.8, 1, 1.2, 3].map((times) => chanceAbove(30, times * sums.mean[29]!));
    expect(chances).toEqual([...chances].sort((a, b) => b - a));
    expect(chances[0]).toBeGreaterThan(0.95);
    expect(chances[4]).toBeLessThan(0.05);
    expect(chances.every((chance) => chance > 0 && chance < 1)).toBe(true);
  });
});

const WEEKS = Array.from({ length: 120 }, (_, day) => 100 * WEEK[day % 7]!);
it.each<[string, (number | null)[]]>([
  ['zeros', Array<number>(60).fill(0)],
  ['one spike among zeros', [...Array<number>(80).fill(0), 5_000, ...Array<number>(39).fill(0)]],
  ['one spike among weeks', WEEKS.map((value, day) => (day === 100 ? 1e6 : value))],
  ['gaps of days and of a month', WEEKS.map((value, day) => (day % 11 < 2 || (day > 60 && day < 90) ? null : value))],
  ['a gap at the end', [...WEEKS, ...Array<null>(20).fill(null)]],
  ['a million million', WEEKS.map((value) => value * 1e10)],
  ['a constant', Array<number>(400).fill(42)],
  ['seven days', WEEKS.slice(0, 7)],
  ['a pause of three weeks', [...WEEKS, ...Array<number>(21).fill(0), ...WEEKS.slice(0, 7)]],
  ['growth a thousandfold', WEEKS.map((value, day) => value * 1.06 ** day)],
])('breaks on no model: %s', (_, history) => {
  for (const model of MODELS) {
    const answer = forecast(history, days({ model, horizon: 90 }));
    for (const { mean, lo, hi } of [answer, answer.sums]) {
      expect([...mean, ...lo, ...hi].every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
      expect(mean.every((value, h) => lo[h]! <= value && value <= hi[h]!)).toBe(true);
      const widths = hi.map((value, h) => value - mean[h]!);
      const slack = 1e-9 * Math.max(...hi);
      expect(widths.every((width, h) => h === 0 || width >= widths[h - 1]! - slack)).toBe(true);
    }
  }
});

it('goes on with a constant exactly, with zeros as zeros, and takes a spike for a spike', () => {
  expect(forecast(Array(60).fill(1e12), days()).hi[29]).toBeCloseTo(1e12, 0);
  expect(forecast(Array(60).fill(0), days())).toMatchObject({ mean: Array(30).fill(0), hi: Array(30).fill(0) });
  const spike = Array.from({ length: 60 }, (_, day) => (day === 50 ? 5000 : 10));
  expect(Math.max(...forecast(spike, days()).mean)).toBeLessThan(100);
  expect(forecast([1, 2, 3, 4, 5, 6, 7], days()).mean).toHaveLength(30);
});

it('takes gaps for nothing known, and zeros for nothing used', () => {
  const isOff = (day: number) => day % 10 > 5;
  const gaps = Array.from({ length: 140 }, (_, day) => (isOff(day) ? null : 100));
  const zeros = gaps.map((value) => value ?? 0);
  expect(forecast(gaps, days()).sums.mean[29]).toBeCloseTo(3000, 0);
  expect(forecast(zeros, days()).sums.mean[29]).toBeLessThan(2500);
});

it('recovers a level, a week and a trend with noise: 93 to 99 of 100 days come to lie inside, over 200 ends of the history', () => {
  const draws = drawsOf(7);
  const all = Array.from({ length: 430 }, (_, day) => WEEK[day % 7]! * (100 + 0.3 * day) + 8 * draws.normal());
  let inside = 0;
  let off = 0;
  for (let end = 200; end < 400; end += 1) {
    const answer = forecast(all.slice(0, end), days());
    inside += insideOf(answer, all.slice(end, end + 30));
    off += answer.mean.reduce(
      (sum, mean, h) => sum + Math.abs(mean - WEEK[(end + h) % 7]! * (100 + 0.3 * (end + h))),
      0,
    );
  }
  expect(inside / 6000).toBeGreaterThan(0.93);
  expect(inside / 6000).toBeLessThan(0.99);
  // The noise itself is off by 6.4 on average; the level and the week by less than that.
  expect(off / 6000).toBeLessThan(6.4);
});

/** Over series of some kinds and lengths: the error over that of repeating the last week, and the share that lay inside. */
function scoresOf(kinds: readonly string[], lengths: readonly number[], horizon: number) {
  const mase: number[] = [];
  const inside: number[] = [];
  for (const kind of kinds) {
    lengths.forEach((length, seed) => {
      const all = seriesOfKind(kind, seed + 1, length + horizon);
      const answer = forecast(all.slice(0, length), days({ horizon }));
      inside.push(insideOf(answer, all.slice(length)) / horizon);
      let scale = 0;
      for (let day = 7; day < length; day += 1) scale += Math.abs(all[day]! - all[day - 7]!) / (length - 7);
      const off = answer.mean.reduce((sum, mean, h) => sum + Math.abs(mean - all[length + h]!), 0) / horizon;
      if (scale > 0) mase.push(off / scale);
    });
  }
  const meanOf = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mase: meanOf(mase), inside: meanOf(inside) };
}

it('is better than repeating last week over series of all kinds, and 93 to 97 of 100 days come to lie inside', () => {
  const chosenBy = scoresOf(seriesKinds, [90, 180, 365], 14);
  expect(chosenBy.mase).toBeLessThan(0.9);
  expect(chosenBy.inside).toBeGreaterThan(0.93);
  expect(chosenBy.inside).toBeLessThan(0.98);
});

it('is so over kinds by which nothing was chosen', () => {
  const { mase, inside } = scoresOf(heldOutKinds, [90, 180, 365], 30);
  expect(mase).toBeLessThan(1);
  expect(inside).toBeGreaterThan(0.93);
  expect(inside).toBeLessThan(0.98);
});

it('says of every model how it did, and of the straight line how much it explains', () => {
  const values = Array.from({ length: 120 }, (_, day) => 10 + day);
  const line = forecast(values, days({ model: 'linear_regression' }));
  expect(line.mean[29]).toBeCloseTo(159, 6);
  expect(line.accuracy.rSquared).toBeCloseTo(1, 9);
  for (const model of MODELS) {
    const { accuracy } = forecast(seriesOfKind('web traffic', 3, 200), days({ model }));
    expect(accuracy.mase).toBeGreaterThan(0);
    expect(accuracy.wape).toBeLessThan(0.5);
    expect(accuracy.inside).toBeGreaterThan(0.7);
    expect(accuracy.rSquared === null).toBe(model !== 'linear_regression');
  }
});
