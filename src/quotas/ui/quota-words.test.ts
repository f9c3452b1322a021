import { type QuotaView } from '@/quotas/contracts';
import { leftWords, meterWords, percentWords, runsOutOn, usedWords } from './quota-words';

const PERIOD = { to: '2026-12-01T00:00:00.000Z' };
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
  runs_out_on: '2026-11-21',
  runs_out_probability: 0.9,
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
      '850 of 1,000 calls used, 85 %, getting close, 150 left, about 1,275 expected by Dec 1',
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

describe('the day on which a quota runs out', () => {
  it('is said as it was foretold, and not where all is used already or nothing was foretold', () => {
    expect(runsOutOn(quota())).toBe('2026-11-21');
    expect(runsOutOn(quota({ used: 1_000 }))).toBeNull();
    expect(runsOutOn(quota({ included: null }))).toBeNull();
    expect(runsOutOn(quota({ runs_out_on: null }))).toBeNull();
  });
});
