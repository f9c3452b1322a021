import fc from 'fast-check';
import { headerRecord } from '../header-list';
import { rateLimitHeaders, secondsUntil } from './rate-limit-headers';

describe('a rate limit as headers', () => {
  it('is written as the IETF draft and as older clients read it', () => {
    const state = { policy: 'key', limit: 100, remaining: 42, resetAtMs: 1_800_000_030_000, windowMs: 60_000 };
    expect(headerRecord(rateLimitHeaders(state, 1_800_000_000_500))).toEqual({
      'ratelimit-policy': '"key";q=100;w=60',
      ratelimit: '"key";r=42;t=30',
      'x-ratelimit-limit': '100',
      'x-ratelimit-remaining': '42',
      'x-ratelimit-reset': '1800000030',
    });
  });

  it('never names an instant before the limit allows more', () => {
    fc.assert(
      fc.property(fc.nat(3_600_000), fc.nat(2_000_000_000_000), (waitMs, nowMs) => {
        const resetAtMs = nowMs + waitMs;
        const state = { policy: 'key', limit: 1, remaining: 0, resetAtMs, windowMs: 60_000 };
        const headers = headerRecord(rateLimitHeaders(state, nowMs));
        expect(nowMs + secondsUntil(resetAtMs, nowMs) * 1000).toBeGreaterThanOrEqual(resetAtMs);
        expect(Number(headers['x-ratelimit-reset']) * 1000).toBeGreaterThanOrEqual(resetAtMs);
      }),
    );
  });
});
