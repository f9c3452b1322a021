/**
 * How fast an organization and its keys may call: the policy over {@link WindowLimiter}.
 *
 * - The organization is held to its plan, whichever keys it calls with.
 * - A key with a limit of its own below the plan's is held to that as well. A key without one is held to the plan's, which
 *   the organization's count already guarantees: it sees every call of the key. So the ordinary call has one count.
 * - A key that an operator raised above the plan has a budget of its own, and its calls do not use up that of the others.
 *   A limit that the customer set is never more than the plan's, also after a downgrade.
 */
import { type WindowDecision, type WindowRule } from './window-rule';
import { type WindowLimiter, type WindowLimiterStatus } from './window-limiter';

const WINDOW_MS = 60_000;

export interface RateLimitCall {
  organizationId: string;
  /** Null for a person, who is held to the organization's limit. */
  apiKeyId: string | null;
  /** The plan's limit. */
  requestsPerMinute: number;
  /** The limit of the key itself, if it has one. */
  keyRequestsPerMinute: number | null;
  /** Whether an operator set it, so that it may exceed the plan's. */
  keyMayExceedPlan?: boolean;
}

export interface RateDecision {
  allowed: boolean;
  /** Whose limit denied, or which has the least left. */
  policy: 'key' | 'organization';
  /** Calls per `windowMs`. */
  limit: number;
  /** Calls that still fit after this one. */
  remaining: number;
  /** When more calls fit than now: after a denial one, else one more than `remaining`. Counted in Redis, at the latest. */
  resetAtMs: number;
  windowMs: number;
  /** Redis could not be asked; this process alone decided. */
  unchecked?: true;
}

export interface RateLimiter {
  /**
   * Counts a call, unless it is denied. At once and without a promise when counting in memory.
   * @throws AppError unavailable, at once or by the promise: see {@link WindowLimiter.check}.
   */
  check(call: RateLimitCall): RateDecision | Promise<RateDecision>;
  status(): WindowLimiterStatus;
}

export function createRateLimiter({ windows }: { windows: WindowLimiter }): RateLimiter {
  return {
    check(call) {
      const decided = windows.check(rulesFor(call));
      return decided instanceof Promise
        ? decided.then((decision) => decisionOf(call, decision))
        : decisionOf(call, decided);
    },
    status: () => windows.status(),
  };
}

// Ids are UUIDs, so those of keys and organizations never meet and serve as buckets as they are.
function rulesFor(call: RateLimitCall): WindowRule[] {
  const { organizationId, apiKeyId, requestsPerMinute, keyRequestsPerMinute } = call;
  const organization: WindowRule = { bucket: organizationId, limit: requestsPerMinute, windowMs: WINDOW_MS };
  if (apiKeyId === null || keyRequestsPerMinute === null) return [organization];
  const key: WindowRule = { bucket: apiKeyId, limit: keyRequestsPerMinute, windowMs: WINDOW_MS };
  if (keyRequestsPerMinute > requestsPerMinute) return call.keyMayExceedPlan === true ? [key] : [organization];
  return keyRequestsPerMinute < requestsPerMinute ? [key, organization] : [organization];
}

function decisionOf(call: RateLimitCall, decision: WindowDecision): RateDecision {
  const { rule, allowed, remaining, resetAtMs, unchecked } = decision;
  const { limit, windowMs } = rule;
  const policy = rule.bucket === call.organizationId ? 'organization' : 'key';
  const decided: RateDecision = { allowed, policy, limit, remaining, resetAtMs, windowMs };
  if (unchecked) decided.unchecked = unchecked;
  return decided;
}
