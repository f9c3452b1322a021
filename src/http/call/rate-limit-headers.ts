/** What the headers say: the limit that is nearest to being reached, or the one that denied. */
interface RateLimitState {
  /** Name of the limit: lower-case letters. */
  policy: string;
  limit: number;
  remaining: number;
  /** Epoch ms. */
  resetAtMs: number;
  windowMs: number;
}

/** Seconds until more is allowed, as Retry-After wants them: whole, and at least 1. */
export const secondsUntil = (resetAtMs: number, nowMs: number): number =>
  Math.max(1, Math.ceil((resetAtMs - nowMs) / 1000));

/**
 * A rate limit as headers. `RateLimit-Policy` and `RateLimit` are lists of RFC 9651 items after
 * draft-ietf-httpapi-ratelimit-headers-10 (https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/10/):
 * q is the quota, w its window in seconds, r what is left, t the seconds until more is allowed. `X-RateLimit-Reset`, which
 * no document defines, is the same instant in seconds since the epoch, as GitHub writes it.
 */
export function rateLimitHeaders(state: RateLimitState, nowMs = Date.now()): string[] {
  const { policy, limit, remaining, resetAtMs, windowMs } = state;
  return [
    'ratelimit-policy',
    `"${policy}";q=${limit};w=${Math.ceil(windowMs / 1000)}`,
    'ratelimit',
    `"${policy}";r=${remaining};t=${secondsUntil(resetAtMs, nowMs)}`,
    'x-ratelimit-limit',
    String(limit),
    'x-ratelimit-remaining',
    String(remaining),
    'x-ratelimit-reset',
    String(Math.ceil(resetAtMs / 1000)),
  ];
}
