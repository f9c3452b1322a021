import { AppError } from '@/kernel/errors';
import { addQuantities, compareQuantities, type ExactQuantity, subtractQuantities } from '@/kernel/quantity';
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
 * given back at once, so the answer is the one a call would get, and uses nothing. Of a gauge they are units more than it
 * stands at, so that what is allowed, for every metric, is what `remaining` has room for.
 * @throws AppError not_found for a metric that is not in the catalogue; quota_unavailable if the plan cannot be read.
 */
export async function checkQuota(
  services: Pick<Services, 'quotaGate' | 'quotaStore' | 'metricCatalogue' | 'clock'>,
  { organizationId, livemode, metric, required }: Question,
): Promise<QuotaCheck> {
  const { quotaGate, quotaStore, metricCatalogue, clock } = services;
  const known = (await metricCatalogue.all()).get(metric);
  if (!known) throw new AppError('not_found', `There is no metric ${metric}.`);
  const at = clock.now();
  const atMs = at.getTime();
  const { period, limits, testLimits } = await quotaGate.entitlements(organizationId, atMs);
  const isGauge = known.aggregation === 'last' || known.aggregation === 'max';
  const level = isGauge ? await levelOf(quotaStore, { organizationId, livemode, metric }, at) : null;
  const cost = level === null ? required : Number(addQuantities(level, required));
  const decision = await quotaGate.take({ organizationId, livemode }, { [metric]: cost }, atMs);
  const asked = { metric, required_quantity: required, reset_at: period.to.toISOString() };
  if (!decision.allowed) {
    const { limit: reason, leased, limitUnits, resetAtMs, upgradeTo } = decision.denial;
    const used = level ?? decision.denial.used;
    return {
      ...asked,
      allowed: false,
      used,
      limit: limitUnits,
      remaining: used === null || limitUnits === null ? null : unitsLeft(limitUnits, used, leased ?? 0),
      reset_at: resetAtMs === null ? asked.reset_at : new Date(resetAtMs).toISOString(),
      reason,
      upgrade_to: upgradeTo,
    };
  }
  quotaGate.giveBack(decision.leases);
  const limit = (livemode ? limits : testLimits).get(metric)?.limit ?? null;
  const allowed = { ...asked, allowed: true, limit, reason: null, upgrade_to: null };
  if (level !== null) return { ...allowed, used: level, remaining: limit === null ? null : unitsLeft(limit, level, 0) };
  // What the call would have left, and what it gave back.
  const lent = decision.leases.reduce((sum, { units }) => sum + units, 0);
  const remaining = decision.remaining === null ? null : decision.remaining + lent;
  return { ...allowed, used: limit === null || remaining === null ? null : unitsLeft(limit, remaining, 0), remaining };
}

function unitsLeft(limit: ExactQuantity, used: ExactQuantity, leased: ExactQuantity): ExactQuantity {
  const left = subtractQuantities(subtractQuantities(limit, used), leased);
  return compareQuantities(left, 0) > 0 ? left : 0;
}

/** Where a gauge stands, as the list of quotas says it. */
async function levelOf(
  quotaStore: Services['quotaStore'],
  { organizationId, livemode, metric }: Omit<Question, 'required'>,
  at: Date,
): Promise<ExactQuantity> {
  const counters = await quotaStore.counters(organizationId, livemode, at);
  return counters.find((counter) => counter.metric === metric)?.used ?? 0;
}
