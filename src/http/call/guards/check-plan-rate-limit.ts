import { checkRate } from '../admit-call';
import { rateRefusal } from '../limit-refusal';
import { METERED_CALL } from '../metered-call';
import { createGuard, entitlementsOf, type Guard } from './guard';

/**
 * Holds a route that is not metered to the rate limit of the plan. A metered call was counted when it was let in, and is
 * not counted again.
 * @throws AppError rate_limited; quota_unavailable if the plan cannot be read.
 */
export const checkPlanRateLimit = (): Guard =>
  createGuard(async (request, context) => {
    if (context[METERED_CALL]) return request;
    const { rateLimiter, env } = context.services;
    const rate = await checkRate(rateLimiter, context.principal, await entitlementsOf(context));
    if (!rate.allowed) throw rateRefusal(rate, env.APP_URL);
    return request;
  });
