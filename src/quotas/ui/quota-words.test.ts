import fc from 'fast-check';
import { type QuotaView } from '@/quotas/contracts';
import { leftWords, meterWords, percentWords, runsOutAt, usedWords, willRunOver } from './quota-words';

const PERIOD = { from: '2026-11-01T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' };
const quota = (over: Partial<QuotaView> = {}): QuotaView => ({
  metric: 'api_calls',
  name: 'API calls',
  unit: 'call',
  aggregation: 'sum',
  enforcement: 'hard',
  used: 850,
  leased: 0,
  included: 1_000,
  limit: 1_000,
  remaining: 150,
  overage: 0,
  percentage: 85,
  projected: 1_275,
  level: 'warning',
  resets_at: PERIOD.to,
  ...over,
});

describe('quotas in words', () => {
  it('never says 100 % before all is used, nor 0 % of what was used', () => {
    expect(percentWords(99.99)).toBe('99 %');
    expect(percentWords(100)).toBe('100 %');
    expect(percentWords(0.004)).toBe('<1 %');
    expect(percentWords(0)).toBe('0 %');
    expect(percentWords(13_000_000)).toBe('13,000,000 %');
  });

  it('tell the same as the bar: use, share, level, what is left, and where it is going', () => {
    expect(meterWords(quota(), PERIOD.to)).toBe(
      '850 of 1,000 calls used, 85 %, getting close, 150 left, at this pace 1,275 by Dec 1',
    );
  });

  it('tell what was used of an unlimited metric without a share of it', () => {
    const unlimited = quota({ included: null, limit: null, percentage: null, projected: null, level: 'calm' });
    expect(usedWords(unlimited)).toBe('850 calls');
    expect(meterWords(unlimited, PERIOD.to)).toBe('850 calls used, unlimited');
  });

  it('hold numbers up to a thousand million million', () => {
    const huge = quota({ used: 9e14, included: 1e15, percentage: 90, projected: null });
    expect(usedWords(huge)).toBe('900T of 1000T calls');
    expect(leftWords(huge)).toBe('100T left');
  });

  it('count what is over in units', () => {
    expect(leftWords(quota({ used: 1_300, overage: 300 }))).toBe('300 over included');
  });
});

describe('when a quota runs out', () => {
  it('is where the straight line of the period so far meets what is included', () => {
    // Ten days for 500 of 1,000: the other half takes ten more.
    const half = quota({ used: 500, projected: 1_500 });
    expect(runsOutAt(half, PERIOD, '2026-11-11T00:00:00.000Z')?.toISOString()).toBe('2026-11-21T00:00:00.000Z');
  });

  it('is not said where it lasts, is used up, or has no end', () => {
    const readAt = '2026-11-11T00:00:00.000Z';
    expect(runsOutAt(quota({ used: 100, projected: 300 }), PERIOD, readAt)).toBeNull();
    expect(runsOutAt(quota({ used: 1_000, projected: 3_000 }), PERIOD, readAt)).toBeNull();
    expect(runsOutAt(quota({ included: null }), PERIOD, readAt)).toBeNull();
    expect(runsOutAt(quota({ used: 500, projected: null }), PERIOD, readAt)).toBeNull();
  });

  it('lies between now and the end of the period, whatever the numbers', () => {
    const from = Date.parse(PERIOD.from);
    const to = Date.parse(PERIOD.to);
    fc.assert(
      fc.property(fc.integer({ min: from + 1, max: to - 1 }), fc.nat(10_000), fc.nat(10_000), (now, used, included) => {
        const projected = (used * (to - from)) / (now - from);
        const shown = quota({ used, included, projected });
        const at = runsOutAt(shown, PERIOD, new Date(now).toISOString());
        if (at === null) return;
        expect(willRunOver(shown)).toBe(true);
        expect(at.getTime()).toBeGreaterThanOrEqual(now);
        expect(at.getTime()).toBeLessThan(to);
      }),
    );
  });
});
