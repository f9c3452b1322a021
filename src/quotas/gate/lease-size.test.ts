import fc from 'fast-check';
import { demandPerSecond, runsLow, targetUnits, unitsToBorrow } from './lease-size';

const units = fc.integer({ min: 0, max: 1_000_000 });
const MOST = 10_000;

describe('the size of a lease', () => {
  it('covers what the first in line lacks, whatever else is known', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), units, units, (need, held, target) => {
        expect(unitsToBorrow({ need, waiting: need, held, target })).toBeGreaterThanOrEqual(need);
      }),
    );
  });

  it('leaves no more in hand than the target once the line is served', () => {
    fc.assert(
      fc.property(units, units, fc.integer({ min: 1, max: MOST }), (waiting, held, target) => {
        const need = Math.max(0, waiting - held);
        const inHand = held + unitsToBorrow({ need, waiting, held, target }) - waiting;
        expect(inHand).toBeLessThanOrEqual(Math.max(target, held));
      }),
    );
  });

  it('asks for half a second of demand, within its bounds', () => {
    expect(targetUnits(1_000, 1, MOST)).toBe(500);
    expect(targetUnits(10_000_000, 1, MOST)).toBe(MOST);
    expect(targetUnits(null, 1, 3)).toBe(3);
  });

  it('covers ten calls where they are rare, whatever one of them takes', () => {
    expect(targetUnits(0, 1, MOST)).toBe(10);
    expect(targetUnits(0, 811.5, MOST)).toBe(8_120);
  });

  it('follows demand up and down', () => {
    const sample = (atMs: number, handedOut: number) => ({ atMs, handedOut });
    expect(demandPerSecond(null, sample(0, 0))).toBeNull();
    expect(demandPerSecond(sample(0, 0), sample(1_000, 500))).toBe(500);
    expect(demandPerSecond(sample(0, 500), sample(60_000, 500))).toBe(0);
    // Two calls of one instant are not an endless demand.
    expect(demandPerSecond(sample(5, 0), sample(5, 2))).toBe(100);
  });

  it('is asked for ahead at half the target, and not while more is in hand', () => {
    expect(runsLow(49, 100)).toBe(true);
    expect(runsLow(50, 100)).toBe(false);
    expect(runsLow(1, 1)).toBe(false);
  });
});
