import { type PoolClient } from 'pg';
import { AppError } from '@/kernel/errors';
import { fromMinor } from '@/kernel/money';
import { type PlanVersion } from './contracts';
import { readTerms } from './subscription-queries';
import {
  type ChangeInTurn,
  type SubscriptionActor,
  type SubscriptionChange,
  type SubscriptionDependencies,
} from './subscription-changes';
import {
  deletePhasesAfter,
  forgiveForNow,
  type Phase,
  type PhaseReason,
  putPhase,
  readPhaseBut,
  readPhasesAt,
  setRestrictedFrom,
  updateSpendCap,
} from './subscription-store';

export interface PlanChanges {
  /**
   * Moves to the newest version of a plan. A higher rank holds at once: the period and its usage go on under the new limits.
   * A lower rank holds from the end of the period on, in place of what was to happen then. The present plan undoes what was
   * to happen. By an admin every change holds at once. In a trial its own plan holds from now on, for its price, and a lower
   * one from its end on. Who is restricted for a payment that failed pays first; an admin's change lifts it, for as long as it
   * takes to begin.
   * @throws AppError not_found for an unknown organization, invalid_request for an unknown plan and for one that is priced in
   * another currency than the organization is billed in, payment_required, conflict for a plan that is paid at Stripe.
   */
  changePlan(
    organizationId: string,
    actor: SubscriptionActor,
    planKey: string,
    options?: { byAdmin?: boolean },
  ): Promise<void>;
  /**
   * The plan of the lowest rank from the end of the period on; in a trial from its end on, and where the organization is
   * restricted, once it has paid. @throws AppError not_found
   */
  cancel(organizationId: string, actor: SubscriptionActor): Promise<void>;
  /** Undoes what was to happen at the end of the period, if anything was. @throws AppError not_found, payment_required */
  resume(organizationId: string, actor: SubscriptionActor): Promise<void>;
  /**
   * What overage may cost in a period, in minor units of the plan's currency; null is no cap.
   * @throws AppError not_found; invalid_request for what is no integer ≥ 0.
   */
  setSpendCap(organizationId: string, actor: SubscriptionActor, spendCapMinor: number | null): Promise<void>;
}

export function createPlanChanges(
  { catalogue }: Pick<SubscriptionDependencies, 'catalogue'>,
  inTurn: ChangeInTurn,
): PlanChanges {
  async function present(client: PoolClient, organizationId: string, now: Date) {
    const terms = await readTerms(client, organizationId, now);
    if (!terms) throw new AppError('not_found', 'There is no such organization.');
    return { terms, plan: await catalogue.version(terms.planVersionId) };
  }

  async function resumeIn(change: SubscriptionChange, organizationId: string, plan: PlanVersion): Promise<void> {
    const { client, now } = change;
    const { present: phase, next } = await readPhasesAt(client, organizationId, now);
    if (phase.fee === 'stripe') throw changedAtStripe();
    if (!next || next.reason === 'trial_ended') return;
    await deletePhasesAfter(client, organizationId, now);
    // A trial ends whatever was undone.
    if (phase.reason === 'trial') {
      const { planVersionId } = await readPhaseBut(client, organizationId, now, ['trial']);
      await putPhase(client, organizationId, { startsAt: next.startsAt, planVersionId, reason: 'trial_ended' });
    }
    await change.note({ action: 'subscription.resumed', target: plan.planKey, details: {} });
  }

  const moveTo = (
    organizationId: string,
    actor: SubscriptionActor,
    target: PlanVersion,
    later: 'downgrade' | 'cancel',
    byAdmin: boolean,
  ) =>
    inTurn(organizationId, actor, async (change) => {
      const { client, now, note } = change;
      const { terms, plan } = await present(client, organizationId, now);
      const { present: phase, next } = await readPhasesAt(client, organizationId, now);
      if (change.restricted && !byAdmin) {
        if (later !== 'cancel') throw paymentFirst();
        return leaveOncePaid(change, organizationId, target);
      }
      if (phase.fee === 'stripe') throw changedAtStripe();
      const isTrial = phase.reason === 'trial';
      if (target.planKey === plan.planKey && !isTrial && !change.restricted) {
        return resumeIn(change, organizationId, plan);
      }

      const atOnce = byAdmin || target.rank > plan.rank || (isTrial && target.planKey === plan.planKey);
      const reason: PhaseReason = byAdmin ? 'admin' : atOnce ? 'upgrade' : later;
      const startsAt = atOnce ? now : (endOf(phase, next) ?? terms.period.to);
      await deletePhasesAfter(client, organizationId, now);
      await putPhase(client, organizationId, { startsAt, planVersionId: target.id, reason });
      if (byAdmin) await forgiveForNow(client, organizationId, now);
      await note({
        action: atOnce ? 'subscription.plan_changed' : 'subscription.change_scheduled',
        target: target.planKey,
        details: {
          from: plan.planKey,
          to: target.planKey,
          version: target.version,
          reason,
          at: startsAt.toISOString(),
        },
      });
      if (atOnce) await change.termsGotBetter();
    });

  async function leaveOncePaid(change: SubscriptionChange, organizationId: string, target: PlanVersion): Promise<void> {
    await setRestrictedFrom(change.client, organizationId, target.id);
    await change.note({
      action: 'subscription.change_scheduled',
      target: target.planKey,
      details: { to: target.planKey, version: target.version, reason: 'cancel', once: 'paid' },
    });
  }

  return {
    async changePlan(organizationId, actor, planKey, { byAdmin = false } = {}) {
      await moveTo(organizationId, actor, await catalogue.plan(planKey), 'downgrade', byAdmin);
    },

    async cancel(organizationId, actor) {
      const [lowest] = await catalogue.plans();
      if (!lowest) throw new AppError('internal', 'The catalogue has no plan.');
      await moveTo(organizationId, actor, lowest, 'cancel', false);
    },

    async resume(organizationId, actor) {
      await catalogue.plans();
      await inTurn(organizationId, actor, async (change) => {
        if (change.restricted) throw paymentFirst();
        const { plan } = await present(change.client, organizationId, change.now);
        await resumeIn(change, organizationId, plan);
      });
    },

    async setSpendCap(organizationId, actor, spendCapMinor) {
      if (spendCapMinor !== null && !(Number.isSafeInteger(spendCapMinor) && spendCapMinor >= 0)) {
        throw new AppError('invalid_request', `A spend cap is an amount of minor units, received ${spendCapMinor}.`);
      }
      await catalogue.plans();
      await inTurn(organizationId, actor, async ({ client, now, note }) => {
        const { terms, plan } = await present(client, organizationId, now);
        const shown = (minor: number | null) => (minor === null ? null : fromMinor(minor, plan.currency));
        if (terms.spendCapMinor === spendCapMinor) return;
        await updateSpendCap(client, organizationId, spendCapMinor);
        await note({
          action: 'subscription.spend_cap_set',
          details: { from: shown(terms.spendCapMinor), to: shown(spendCapMinor), currency: plan.currency },
        });
      });
    },
  };
}

const paymentFirst = () =>
  new AppError('payment_required', 'A payment failed. Plans can be changed once the open invoices are paid.');

const changedAtStripe = () =>
  new AppError('conflict', 'The plan is paid at Stripe: it is changed there, and what holds here follows.');

/** The end of a trial; null of any other phase. */
const endOf = ({ reason }: Phase, next: Phase | null): Date | null =>
  reason === 'trial' && next ? next.startsAt : null;
