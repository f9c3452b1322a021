import { payerOf } from '../admit-call';
import { takeUnits } from '../call-quota';
import { METERED_CALL } from '../metered-call';
import { createGuard, instantOf, type Guard } from './guard';

/**
 * Lets calls through for which `units` of a metric are left, e.g. `checkUsageLimit('documents', 3)`. In a metered call they
 * are taken and counted; otherwise nothing is used, and the answer is about this moment only.
 * @throws AppError quota_exceeded, spend_cap_reached, payment_required, quota_unavailable; TypeError unless `units` is a
 *   finite number > 0.
 */
export const checkUsageLimit = (metric: string, units = 1): Guard =>
  createGuard(async (request, context) => {
    const call = context[METERED_CALL];
    if (call) await call.quota.use(metric, units);
    else {
      const { quotaGate, env } = context.services;
      const payer = { ...payerOf(context.principal), occurredAtMs: instantOf(context) };
      // Taken and given back rather than looked up: the answer then comes from where a call would get its own.
      quotaGate.giveBack(await takeUnits(quotaGate, payer, metric, units, env.APP_URL));
    }
    return request;
  });
