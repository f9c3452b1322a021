import { AppError } from '@/kernel/errors';
import { type QuotaCheck } from '@/quotas/contracts';
import { type Services } from '../services';

interface Question {
  organizationId: string;
  livemode: boolean;
  metric: string;
  required: number;
}

/**
 * Whether a call that costs `required` units of a metric would be let in now. The units are taken as a call's would be and
 * given back at once, so the answer is the one a call would get, and uses nothing.
 * @throws AppError not_found for a metric that is not in the catalogue; quota_unavailable if the plan cannot be read.
 */
export async function checkQuota(
  { quotaGate, metricCatalogue, clock }: Pick<Services, 'quotaGate' | 'metricCatalogue' | 'clock'>,
  { organizationId, livemode, metric, required }: Question,
): Promise<QuotaCheck> {
  if (!(await metricCatalogue.all()).has(metric)) throw new AppError('not_found', `There is no metric ${metric}.`);
  const atMs = clock.now().getTime();
  const { period, limits, testLimits } = await quotaGate.entitlements(organizationId, atMs);
  const decision = await quotaGate.take({ organizationId, livemode }, { [metric]: required }, atMs);
  const asked = { metric, required_quantity: required, reset_at: period.to.toISOString() };
  if (!decision.allowed) {
    const { limit: reason, used, leased, limitUnits, resetAtMs, upgradeTo } = decision.denial;
    return {
      ...asked,
      allowed: false,
      used,
      limit: limitUnits,
      remaining: used === null || limitUnits === null ? null : Math.max(0, limitUnits - used - (leased ?? 0)),
      reset_at: resetAtMs === null ? asked.reset_at : new Date(resetAtMs).toISOString(),
      reason,
      upgrade_to: upgradeTo,
    };
  }
  quotaGate.giveBack(decision.leases);
  const limit = (livemode ? limits : testLimits).get(metric)?.limit ?? null;
  // What the call would have left, and what it gave back.
  const lent = decision.leases.reduce((sum, { units }) => sum + units, 0);
  const remaining = decision.remaining === null ? null : decision.remaining + lent;
  const used = limit === null || remaining === null ? null : Math.max(0, limit - remaining);
  return { ...asked, allowed: true, used, limit, remaining, reason: null, upgrade_to: null };
}
