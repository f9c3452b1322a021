import { AppError } from '@/kernel/errors';
import { createGuard, entitlementsOf, planDetails, type Guard } from './guard';

/**
 * Lets calls through whose plan ranks at least as high, e.g. `requireMinimumPlan('pro')`.
 * @throws AppError plan_too_low; quota_unavailable. TypeError if there is no plan of this key.
 */
export const requireMinimumPlan = (planKey: string): Guard =>
  createGuard(async (request, context) => {
    const { plan } = await entitlementsOf(context);
    if (plan.planKey === planKey) return request;
    const required = (await context.services.planCatalogue.plans()).find((candidate) => candidate.planKey === planKey);
    if (!required) throw new TypeError(`there is no plan ${planKey}`);
    if (plan.rank >= required.rank) return request;
    throw new AppError('plan_too_low', `This needs the plan ${required.planName}; yours is ${plan.planName}.`, {
      details: { required_plan: planKey, ...planDetails(context, plan, required) },
    });
  });
