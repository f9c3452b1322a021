/** What a caller is told when a limit stands in the way. */
import { AppError, type ErrorCode } from '@/kernel/errors';
import { type QuotaDenial } from '@/quotas';
import { type RateDecision } from '@/rates';
import { type HeaderList, headerRecord } from '../header-list';
import { rateLimitHeaders, secondsUntil } from './rate-limit-headers';

/** Where somebody chooses a plan with more. */
export const upgradeUrl = (appUrl: string): string => `${appUrl}/plans`;

const instantOf = (atMs: number | null): string | null => (atMs === null ? null : new Date(atMs).toISOString());

/**
 * The refusal of a call that came too soon.
 * @param nowMs the present by the machine's clock: rates are of real time, whatever the application's clock says.
 */
export function rateRefusal(rate: RateDecision, appUrl: string, nowMs = Date.now()): AppError {
  const { policy, limit, resetAtMs, windowMs } = rate;
  const whose = policy === 'key' ? 'this key' : 'the organization';
  return new AppError(
    'rate_limited',
    `The rate limit of ${whose} is reached: ${limit} requests in ${windowMs / 1_000} seconds. Try again at ${instantOf(resetAtMs)}.`,
    {
      retryable: true,
      retryAfterSeconds: secondsUntil(resetAtMs, nowMs),
      headers: headerRecord(rateLimitHeaders(rate, nowMs)),
      details: {
        limit: 'rate',
        policy,
        metric: 'requests',
        used: limit,
        limit_value: limit,
        reset_at: instantOf(resetAtMs),
        upgrade_url: upgradeUrl(appUrl),
      },
    },
  );
}

function codeOf({ limit, paymentOnly }: QuotaDenial): ErrorCode {
  if (limit === 'unavailable') return 'quota_unavailable';
  if (paymentOnly) return 'payment_required';
  return limit === 'spend_cap' ? 'spend_cap_reached' : 'quota_exceeded';
}

function messageOf(denial: QuotaDenial): string {
  const { limit, metric, used, leased, limitUnits, cost, resetAtMs, fitsInMs, paymentOnly, planKey, upgradeTo } =
    denial;
  if (limit === 'unavailable') return `The quota of ${metric} cannot be checked at the moment. Try again.`;
  const upgrade = upgradeTo === null ? '' : ` The plan ${upgradeTo} has more.`;
  if (limit === 'spend_cap') return `The spend cap is reached, so no more of ${metric} can be used in this period.`;
  const lent = leased ? ` and ${leased} are lent or reserved` : '';
  const have = `${used ?? 'All'} of ${limitUnits ?? 'the'} ${metric} of the plan ${planKey} are used${lent}`;
  if (paymentOnly) return `${have}; this needs ${cost}, which the plan never allows.${upgrade}`;
  if (fitsInMs !== null) {
    return `${have}; this needs ${cost}, which may fit in ${secondsIn(fitsInMs)} s, when units come back.${upgrade}`;
  }
  return `${have}; this needs ${cost}. The next period begins at ${instantOf(resetAtMs)}.${upgrade}`;
}

const secondsIn = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

/** Seconds until the call can fit at the earliest: units come back, or else the next period begins. Undefined: never. */
function secondsToFit({ limit, resetAtMs, fitsInMs, paymentOnly }: QuotaDenial, nowMs: number): number | undefined {
  if (limit === 'unavailable') return 1;
  if (paymentOnly || resetAtMs === null) return undefined;
  const untilResetS = secondsUntil(resetAtMs, nowMs);
  return fitsInMs === null ? untilResetS : Math.min(secondsIn(fitsInMs), untilResetS);
}

/**
 * The refusal of a call for which no units are left, or for which that cannot be found out.
 * @param nowMs as above.
 */
export function quotaRefusal(denial: QuotaDenial, appUrl: string, nowMs: number, headers: HeaderList = []): AppError {
  const { limit, metric, used, leased, limitUnits, cost, resetAtMs, planKey, upgradeTo, paymentOnly } = denial;
  const retryAfterSeconds = secondsToFit(denial, nowMs);
  return new AppError(codeOf(denial), messageOf(denial), {
    retryable: !paymentOnly,
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    headers: headerRecord(headers),
    details: {
      limit: limit === 'unavailable' ? 'quota' : limit,
      metric,
      used,
      leased,
      limit_value: limitUnits,
      required: cost,
      reset_at: instantOf(resetAtMs),
      plan: planKey,
      upgrade_to: upgradeTo,
      upgrade_url: upgradeUrl(appUrl),
    },
  });
}
