/**
 * Sliding windows counted in this process, at once and without a promise.
 *
 * `RateLimiterMemory` of rate-limiter-flexible was meant to count here, and does not, for these reasons. It is a fixed window,
 * and the two that make a sliding one must be read, compared and moved in one step; but it answers by promises only
 * (`get`, `consume`), and between two of them another call decides on the same counts. It reads `Date.now()` and sets a timer
 * for each key and window, so neither the application's clock nor a bound on the number of keys can be given to it.
 * Measured side by side on one core, 1,000 keys: a decision here takes 0.25 µs, for two limits 0.3 µs; one `consume` 0.6 µs,
 * and a sliding window of `get`, `get` and `consume` 1.6 µs. The benchmarks run that library on Redis beside our quotas.
 */
import { LRUCache } from 'lru-cache';
import { advance, moreRoomAtMs, newCounts, roomAgainAtMs, type WindowCounts, weightedCount } from './sliding-window';
import { type WindowDecision, type WindowRule } from './window-rule';

/** Buckets remembered; the one that was not asked for longest is forgotten first. About 250 bytes each. */
const CAPACITY = 100_000;

export interface MemoryWindow {
  /**
   * Counts one call in every bucket, or, if one of them is full, in none.
   * @param rules at least one.
   */
  take(rules: readonly WindowRule[], nowMs: number): WindowDecision;
  /** Buckets remembered at present. */
  size(): number;
}

export function createMemoryWindow({ capacity = CAPACITY }: { capacity?: number } = {}): MemoryWindow {
  const buckets = new LRUCache<string, WindowCounts>({ max: capacity });

  function countsOf({ bucket, windowMs }: WindowRule, nowMs: number): WindowCounts {
    let counts = buckets.get(bucket);
    if (counts) advance(counts, windowMs, nowMs);
    else buckets.set(bucket, (counts = newCounts(windowMs, nowMs)));
    return counts;
  }

  return {
    take(rules, nowMs) {
      const all = rules.map((rule) => countsOf(rule, nowMs));
      let tightest: WindowDecision | undefined;
      for (let n = 0; n < rules.length; n++) {
        const rule = rules[n]!;
        const counts = all[n]!;
        const remaining = rule.limit - weightedCount(counts, rule.windowMs, nowMs) - 1;
        if (remaining < 0) {
          const resetAtMs = roomAgainAtMs(counts, rule.limit, rule.windowMs);
          return { allowed: false, rule, remaining: 0, resetAtMs };
        }
        if (!tightest || remaining < tightest.remaining) {
          tightest = { allowed: true, rule, remaining, resetAtMs: moreRoomAtMs(counts, rule.windowMs, nowMs) };
        }
      }
      for (const counts of all) counts.current++;
      return tightest!;
    },
    size: () => buckets.size,
  };
}
