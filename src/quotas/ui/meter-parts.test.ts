import fc from 'fast-check';
import { meterParts } from './meter-parts';

const units = fc.double({ min: 0, max: 1e15, noNaN: true });

describe('the parts of a quota bar', () => {
  it('fill at most the whole bar, whatever the numbers', () => {
    fc.assert(
      fc.property(units, fc.option(units), fc.option(units), (used, included, projected) => {
        const { scale, within, beyond, mark } = meterParts({ used, included, projected });
        expect(scale).toBeGreaterThan(0);
        expect(scale).toBeGreaterThanOrEqual(used);
        expect(within).toBeGreaterThanOrEqual(0);
        expect(beyond).toBeGreaterThanOrEqual(0);
        expect(within + beyond).toBeLessThanOrEqual(1 + 1e-9);
        if (mark !== null) expect(mark).toBeLessThanOrEqual(1);
        if (mark !== null) expect(mark).toBeGreaterThan(within);
      }),
    );
  });

  it('show nothing beyond until more is used than is included', () => {
    expect(meterParts({ used: 100, included: 100, projected: null })).toMatchObject({ within: 1, beyond: 0 });
    const { within, beyond } = meterParts({ used: 130, included: 100, projected: null });
    expect(within).toBeCloseTo(100 / 130);
    expect(beyond).toBeCloseTo(30 / 130);
  });

  it('are all beyond where nothing is included', () => {
    expect(meterParts({ used: 0, included: 0, projected: 0 })).toEqual({ scale: 1, within: 0, beyond: 0, mark: null });
    expect(meterParts({ used: 7, included: 0, projected: null })).toMatchObject({ within: 0, beyond: 1 });
  });

  it('mark the projected use inside the bar, and at its end when it lies beyond', () => {
    expect(meterParts({ used: 20, included: 100, projected: 50 }).mark).toBe(0.5);
    expect(meterParts({ used: 20, included: 100, projected: 500 }).mark).toBe(1);
  });
});
