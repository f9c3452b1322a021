/**
 * The one way into a metered call, for every wrapper:
 *
 *   plan -> rate limit -> can usage be kept now? -> quota -> the handler may run
 *
 * The order is by what a refusal costs: the plan and the rate come from memory, and a call that cannot be recorded must not
 * hold units. A refused call has taken nothing.
 */
import { type LeasedUnits } from '@/metering/contracts';
import { type Entitlements } from '@/plans/contracts';
import { type Costs, type QuotaGate } from '@/quotas';
import { type RateDecision, type RateLimiter } from '@/rates';
import { type Principal } from '../principal';
import { quotaRefusal, rateRefusal } from './limit-refusal';
import { type UsageRecorder } from './metered-call';
import { rateLimitHeaders } from './rate-limit-headers';

/** The services that say whether a call may be made. */
export interface LimitServices {
  quotaGate: QuotaGate;
  rateLimiter: RateLimiter;
  usageTracker: UsageRecorder;
  env: { APP_URL: string };
}

export interface Admission {
  /** Units taken for the call; the event carries them. */
  leases: readonly LeasedUnits[];
  /** What the answer says about the limits, name by name as in HeaderList; whoever is admitted may add to it. */
  headers: string[];
}

/**
 * Takes the units a call costs.
 * @param atMs the instant of the call; its event must bear the same, so that both lie in one period.
 * @throws AppError rate_limited, usage_not_recorded, quota_exceeded, spend_cap_reached, payment_required, quota_unavailable.
 */
export async function admitCall(
  { quotaGate, rateLimiter, usageTracker, env }: LimitServices,
  principal: Principal,
  costs: Costs,
  atMs: number,
): Promise<Admission> {
  // Gate and limiter answer from memory as a rule, and to wait for what is there takes a microsecond under Next.
  const known = quotaGate.entitlements(principal.organizationId, atMs);
  const entitlements = known instanceof Promise ? await known : known;
  const checked = checkRate(rateLimiter, principal, entitlements);
  const rate = checked instanceof Promise ? await checked : checked;
  if (!rate.allowed) throw rateRefusal(rate, env.APP_URL);
  usageTracker.assertAccepting();
  const taken = quotaGate.take(payerOf(principal), costs, atMs);
  const decision = taken instanceof Promise ? await taken : taken;
  const headers = rateLimitHeaders(rate);
  if (!decision.allowed) throw quotaRefusal(decision.denial, env.APP_URL, atMs, headers);
  const { leases, remaining } = decision;
  if (remaining !== null) headers.push('x-quota-remaining', String(remaining));
  return { leases, headers };
}

/** Counts a request against the limits of its key, if there is one, and of its organization. */
export function checkRate(
  rateLimiter: RateLimiter,
  principal: Principal,
  { plan }: Entitlements,
): RateDecision | Promise<RateDecision> {
  const { organizationId } = principal;
  const { requestsPerMinute } = plan;
  if (principal.kind === 'user') {
    return rateLimiter.check({ organizationId, apiKeyId: null, requestsPerMinute, keyRequestsPerMinute: null });
  }
  return rateLimiter.check({
    organizationId,
    apiKeyId: principal.apiKeyId,
    requestsPerMinute,
    keyRequestsPerMinute: principal.requestsPerMinute,
    keyMayExceedPlan: principal.mayExceedPlan,
  });
}

/** Whose quota a caller uses: a key's mode is the key's, a person's usage is live. */
export const payerOf = (principal: Principal): { organizationId: string; livemode: boolean } => ({
  organizationId: principal.organizationId,
  livemode: principal.kind === 'user' || principal.livemode,
});
