import { AppError } from '@/kernel/errors';
import { type GrantView } from '@/plans/contracts';
import { type Services } from './services';

interface Reset {
  organizationId: string;
  /** The admin who resets. */
  userId: string;
  metric: string;
  reason: string;
}

/**
 * Gives an organization the whole of a metric's quota again for the rest of its period. Nothing that was counted changes:
 * what is used up to now is granted, until the period ends, so the sums of usage, quotas and invoices go on agreeing and the
 * grant says who did it and why.
 * @returns null if nothing is used.
 * @throws AppError not_found for an unknown organization; invalid_request for a metric whose quota is no sum: the value of a
 *   gauge is not used up.
 */
export async function resetQuota(
  services: Pick<Services, 'quotaStore' | 'entitlementReader' | 'subscriptions' | 'metricCatalogue' | 'clock'>,
  { organizationId, userId, metric, reason }: Reset,
): Promise<GrantView | null> {
  const { quotaStore, entitlementReader, subscriptions, metricCatalogue, clock } = services;
  const aggregation = (await metricCatalogue.all()).get(metric)?.aggregation;
  if (aggregation !== 'sum' && aggregation !== 'count') {
    const message = aggregation ? `${metric} is not used up, so it cannot be reset` : `there is no metric ${metric}`;
    throw new AppError('invalid_request', `metric: ${message}`, { issues: [{ field: 'metric', message }] });
  }
  const now = clock.now();
  const { period } = await entitlementReader.read(organizationId, now);
  const counters = await quotaStore.counters(organizationId, true, now);
  // A grant is a number of units; beyond 2^53 it meets what is used within one part in 10^15.
  const used = Number(counters.find((counter) => counter.metric === metric)?.used ?? 0);
  if (used <= 0) return null;
  const grant = { metric, units: used, reason: `Reset: ${reason}`.slice(0, 500), expires_at: period.to.toISOString() };
  return subscriptions.grant(organizationId, { kind: 'user', id: userId }, grant);
}
