import fc from 'fast-check';
import { pickTicks } from './pick-ticks';

const hours = (count: number, start = Date.UTC(2026, 10, 1, 5)) =>
  Array.from({ length: count }, (_, hour) => new Date(start + hour * 3_600_000).toISOString());

describe('pickTicks', () => {
  it('never labels more instants than fit, and only instants that are there', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400 }), fc.integer({ min: 1, max: 20 }), (count, most) => {
        const all = hours(count);
        const ticks = pickTicks(all, 'day', most);
        expect(ticks.length).toBeLessThanOrEqual(most);
        expect(ticks.every((tick) => all.includes(tick))).toBe(true);
        if (count > 0) expect(ticks.at(-1)).toBe(all.at(-1));
      }),
    );
  });

  it('labels a week of hours at midnight UTC', () => {
    const ticks = pickTicks(hours(168), 'hour', 8);
    expect(ticks).toHaveLength(7);
    expect(ticks.every((tick) => tick.endsWith('T00:00:00.000Z'))).toBe(true);
  });
});
