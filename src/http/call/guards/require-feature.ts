import { AppError } from '@/kernel/errors';
import { hasFeature } from '@/plans';
import { cheapestPlan, createGuard, entitlementsOf, planDetails, type Guard } from './guard';

/**
 * Lets calls through whose plan has a feature, e.g. `requireFeature('advanced_analytics')`. A feature with a value counts
 * as present above 0.
 * @throws AppError feature_not_in_plan naming the cheapest plan that has it; quota_unavailable.
 */
export const requireFeature = (feature: string): Guard =>
  createGuard(async (request, context) => {
    const { plan } = await entitlementsOf(context);
    if (hasFeature(plan, feature)) return request;
    const available = await cheapestPlan(context, (candidate) => hasFeature(candidate, feature));
    const where = available ? `The plan ${available.planName} has it.` : 'No plan has it.';
    throw new AppError('feature_not_in_plan', `The plan ${plan.planName} does not have ${feature}. ${where}`, {
      details: { feature, ...planDetails(context, plan, available) },
    });
  });
