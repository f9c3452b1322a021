import { AppError } from '@/kernel/errors';
import { type ChangeInTurn, type SubscriptionActor, type SubscriptionDependencies } from './subscription-changes';
import { deletePhasesAfter, putPhase, readPhaseBut, readPhasesAt } from './subscription-store';

export interface Trials {
  /**
   * Lets an organization try the newest version of a plan from now on: without its fee; usage beyond what it includes is charged.
   * At `endsAt` comes back what would hold then without the trial, unless they chose a plan of their own meanwhile. A trial takes
   * the place of another one.
   * @throws AppError not_found for an unknown organization, invalid_request for an unknown plan and an end that is not within a
   * year from now, conflict for who is restricted or pays for a plan at Stripe.
   */
  startTrial(organizationId: string, actor: SubscriptionActor, planKey: string, endsAt: Date): Promise<void>;
}

const YEAR_MS = 366 * 86_400_000;

export function createTrials({ catalogue }: Pick<SubscriptionDependencies, 'catalogue'>, inTurn: ChangeInTurn): Trials {
  return {
    async startTrial(organizationId, actor, planKey, endsAt) {
      const plan = await catalogue.plan(planKey);
      await inTurn(organizationId, actor, async ({ client, now, note, restricted, termsGotBetter }) => {
        if (endsAt <= now || endsAt.getTime() > now.getTime() + YEAR_MS) {
          const message = `expected an instant within a year from ${now.toISOString()}, received ${endsAt.toISOString()}`;
          throw new AppError('invalid_request', `ends_at: ${message}`, { issues: [{ field: 'ends_at', message }] });
        }
        if (restricted)
          throw new AppError('conflict', 'A payment of the organization failed: a trial begins once it is paid.');
        const { present } = await readPhasesAt(client, organizationId, now);
        const back = await readPhaseBut(client, organizationId, endsAt, ['trial']);
        if (present.fee === 'stripe' || back.fee === 'stripe') {
          throw new AppError('conflict', 'The organization pays for its plan at Stripe, where trials are set.');
        }
        await deletePhasesAfter(client, organizationId, now, endsAt);
        await putPhase(client, organizationId, { startsAt: now, planVersionId: plan.id, reason: 'trial', fee: 'none' });
        await putPhase(client, organizationId, {
          startsAt: endsAt,
          planVersionId: back.planVersionId,
          reason: 'trial_ended',
          fee: back.fee,
        });
        await note({
          action: 'subscription.trial_started',
          target: plan.planKey,
          details: { to: plan.planKey, version: plan.version, ends_at: endsAt.toISOString() },
        });
        await termsGotBetter();
      });
    },
  };
}
