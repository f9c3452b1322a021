/**
 * Sliding windows shared by all processes, in Redis over Upstash's REST interface. The one file that knows @upstash/*.
 *
 * The ephemeral cache of @upstash/ratelimit is off. It keeps a denied bucket denied until the fixed window ends; the
 * sliding window makes room again all the time, so a caller slightly above the limit would get one denial and then nothing
 * for up to a minute. Instead a denial is remembered for `windowMs / limit`: in that time the weight falls by one call at
 * most, which is still there afterwards, so nothing is lost, and a caller who hammers costs Redis one question per call
 * that the limit allows.
 */
import { Ratelimit } from '@upstash/ratelimit';
import { Redis } from '@upstash/redis';
import { LRUCache } from 'lru-cache';
import { type Clock } from '@/kernel/clock';
import { type WindowDecision, type WindowRule } from './window-rule';

const PREFIX = 'tollgate';
/** Distinct limits in use at once; there are a handful of plans and overrides. */
const LIMITERS = 1_000;
const DENIALS = 10_000;

export interface SharedWindow {
  /**
   * Counts one call in every bucket, in this order, up to the first that is full; none if one is known to be full. When
   * Redis finds that out for a later bucket, the earlier ones hold one call too many: they may deny too early, never allow
   * too much. (Taking it back could meet the next window, which would then allow one more than its limit.)
   * @param rules at least one.
   * @throws whatever the client throws when Redis cannot be asked.
   */
  take(rules: readonly WindowRule[]): Promise<WindowDecision>;
}

interface Dependencies {
  url: string;
  token: string;
  /** Longest time a single request to Redis takes. */
  timeoutMs: number;
  clock: Clock;
}

export function createUpstashWindow({ url, token, timeoutMs, clock }: Dependencies): SharedWindow {
  const redis = new Redis({
    url,
    token,
    // Whether and when to ask again is the circuit's decision.
    retry: { retries: 0 },
    signal: () => AbortSignal.timeout(timeoutMs),
    enableTelemetry: false,
  });
  const limiters = new LRUCache<string, Ratelimit>({ max: LIMITERS });
  const denials = new LRUCache<string, { decision: WindowDecision; untilMs: number }>({ max: DENIALS });

  function limiterOf({ limit, windowMs }: WindowRule): Ratelimit {
    const name = `${limit}/${windowMs}`;
    let limiter = limiters.get(name);
    if (!limiter) {
      limiter = new Ratelimit({
        redis,
        limiter: Ratelimit.slidingWindow(limit, `${windowMs} ms`),
        prefix: PREFIX,
        analytics: false,
        ephemeralCache: false,
        // Its own time-out would answer "allowed".
        timeout: 0,
      });
      limiters.set(name, limiter);
    }
    return limiter;
  }

  /** A denial that surely still holds; one under another limit says nothing. */
  function knownDenial(rule: WindowRule, nowMs: number): WindowDecision | null {
    const denial = denials.get(rule.bucket);
    return denial && nowMs < denial.untilMs && denial.decision.rule.limit === rule.limit ? denial.decision : null;
  }

  async function takeOne(rule: WindowRule, nowMs: number): Promise<WindowDecision> {
    const { success, remaining, reset } = await limiterOf(rule).limit(rule.bucket);
    const decision: WindowDecision = { allowed: success, rule, remaining, resetAtMs: reset };
    if (!success) denials.set(rule.bucket, { decision, untilMs: nowMs + rule.windowMs / rule.limit });
    return decision;
  }

  return {
    async take(rules) {
      const nowMs = clock.now().getTime();
      for (const rule of rules) {
        const known = knownDenial(rule, nowMs);
        if (known) return known;
      }
      let tightest: WindowDecision | undefined;
      for (const rule of rules) {
        const decision = await takeOne(rule, nowMs);
        if (!decision.allowed) return decision;
        if (!tightest || decision.remaining < tightest.remaining) tightest = decision;
      }
      return tightest!;
    },
  };
}
