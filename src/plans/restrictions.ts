import { type PoolClient } from 'pg';
import { AppError } from '@/kernel/errors';
import { type PlanVersion } from './contracts';
import { changeWithin, type SubscriptionDependencies } from './subscription-changes';
import { deletePhasesAfter, putPhase, readPhaseBut, readPhasesAt, setRestricted } from './subscription-store';

/** What happens to the plan of who does not pay. Both are parts of the caller's transaction; who is there already stays there. */
export interface Restrictions {
  /**
   * The plan of the lowest rank from now on, until it is restored. What comes back is what was to come by itself (a lower plan, the
   * end of a trial), else the present version.
   * @returns the plan that comes back; null where the organization is restricted already.
   * @throws AppError not_found
   */
  restrict(client: PoolClient, organizationId: string): Promise<PlanVersion | null>;
  /**
   * Gives the plan back from now on. @returns it; null where the organization is not restricted.
   * @throws AppError not_found
   */
  restore(client: PoolClient, organizationId: string): Promise<PlanVersion | null>;
}

const BILLING = { kind: 'system' } as const;

export function createRestrictions({
  catalogue,
  clock,
  audit,
}: Pick<SubscriptionDependencies, 'catalogue' | 'clock' | 'audit'>): Restrictions {
  return {
    restrict: (client, organizationId) =>
      changeWithin({ clock, audit }, client, organizationId, BILLING, async ({ now, note, restricted }) => {
        if (restricted) return null;
        const [lowest] = await catalogue.plans();
        if (!lowest) throw new AppError('internal', 'The catalogue has no plan.');
        const { present, next } = await readPhasesAt(client, organizationId, now);
        const comesBack = await catalogue.version((next ?? present).planVersionId);
        await deletePhasesAfter(client, organizationId, now);
        await putPhase(client, organizationId, { startsAt: now, planVersionId: lowest.id, reason: 'restricted' });
        await setRestricted(client, organizationId, { at: now, from: comesBack.id });
        await note({
          action: 'subscription.restricted',
          target: lowest.planKey,
          details: { to: lowest.planKey, comes_back: comesBack.planKey, at: now.toISOString() },
        });
        return comesBack;
      }),

    restore: (client, organizationId) =>
      changeWithin({ clock, audit }, client, organizationId, BILLING, async (change) => {
        const { now, note, restricted } = change;
        if (!restricted) return null;
        const plan = await catalogue.version(restricted.from);
        const before = await readPhaseBut(client, organizationId, now, ['restricted']);
        const isPaidAtStripe = before.fee === 'stripe' && before.planVersionId === plan.id;
        await deletePhasesAfter(client, organizationId, now);
        await putPhase(client, organizationId, {
          startsAt: now,
          planVersionId: plan.id,
          reason: 'restored',
          fee: isPaidAtStripe ? 'stripe' : 'invoice',
        });
        await setRestricted(client, organizationId, null);
        await note({
          action: 'subscription.restored',
          target: plan.planKey,
          details: { to: plan.planKey, version: plan.version, at: now.toISOString() },
        });
        await change.termsGotBetter();
        return plan;
      }),
  };
}
