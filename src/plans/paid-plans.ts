import { AppError } from '@/kernel/errors';
import { type PlanVersion } from './contracts';
import { type ChangeInTurn, type SubscriptionChange, type SubscriptionDependencies } from './subscription-changes';
import {
  deletePhasesAfter,
  type Phase,
  type PhaseReason,
  putPhase,
  readPhasesAt,
  setRestrictedFrom,
} from './subscription-store';

/** A plan that somebody else than our invoices charges for, as it stands there. */
export interface PaidPlan {
  planVersionId: string;
  /** The end of what is paid for: a plan of lower rank holds from then on. */
  paidThrough: Date;
  /** When it ends without anybody's doing; null: it goes on. */
  endsAt: Date | null;
}

export interface PaidPlans {
  /**
   * Makes an organization's phases what its subscription elsewhere says; null: there is none any more. A plan of another rank holds
   * at once, or from the end of what is paid for where it is lower; the plan of the lowest rank holds from the end on. Said again,
   * it changes nothing. Who is restricted for a payment that failed gets it once that is paid.
   * @returns whether anything was changed. @throws AppError not_found
   */
  followPaidPlan(organizationId: string, paid: PaidPlan | null): Promise<boolean>;
}

const PAYMENTS = { kind: 'system' } as const;

type Wanted = Omit<Phase, 'reason'> & { reason: PhaseReason };

export function createPaidPlans(
  { catalogue }: Pick<SubscriptionDependencies, 'catalogue'>,
  inTurn: ChangeInTurn,
): PaidPlans {
  async function move(change: SubscriptionChange, organizationId: string, phase: Wanted, from: PlanVersion | null) {
    const { client, now, note } = change;
    const target = await catalogue.version(phase.planVersionId);
    const atOnce = phase.startsAt.getTime() <= now.getTime();
    await putPhase(client, organizationId, phase);
    await note({
      action: atOnce ? 'subscription.plan_changed' : 'subscription.change_scheduled',
      target: target.planKey,
      details: {
        ...(from && { from: from.planKey }),
        to: target.planKey,
        version: target.version,
        reason: phase.reason,
        at: phase.startsAt.toISOString(),
      },
    });
    if (atOnce) await change.termsGotBetter();
  }

  /** What holds now and what comes next, by what is paid. */
  async function wantedOf(
    now: Date,
    phase: Phase,
    paid: PaidPlan | null,
    lowest: PlanVersion,
  ): Promise<{ atOnce: Wanted | null; next: Wanted | null }> {
    const isPaid = phase.fee === 'stripe';
    if (!paid) {
      const free: Wanted = { startsAt: now, planVersionId: lowest.id, reason: 'cancel', fee: 'invoice' };
      return { atOnce: isPaid ? free : null, next: null };
    }
    const [present, target] = await Promise.all([
      catalogue.version(phase.planVersionId),
      catalogue.version(paid.planVersionId),
    ]);
    const isLower = isPaid && target.rank < present.rank;
    const holds = isPaid && (isLower || target.id === present.id);
    const atOnce: Wanted | null = holds
      ? null
      : { startsAt: now, planVersionId: target.id, reason: isPaid ? 'upgrade' : 'subscribed', fee: 'stripe' };
    if (paid.endsAt !== null && paid.endsAt > now) {
      return { atOnce, next: { startsAt: paid.endsAt, planVersionId: lowest.id, reason: 'cancel', fee: 'invoice' } };
    }
    if (!isLower || paid.paidThrough <= now) return { atOnce, next: null };
    const next = { startsAt: paid.paidThrough, planVersionId: target.id, reason: 'downgrade', fee: 'stripe' } as const;
    return { atOnce, next };
  }

  return {
    async followPaidPlan(organizationId, paid) {
      const [lowest] = await catalogue.plans();
      if (!lowest) throw new AppError('internal', 'The catalogue has no plan.');
      return inTurn(organizationId, PAYMENTS, async (change) => {
        const { client, now, restricted } = change;
        const { present, next } = await readPhasesAt(client, organizationId, now);
        if (restricted) {
          const comesBack = paid?.planVersionId ?? lowest.id;
          if (restricted.from === comesBack) return false;
          await setRestrictedFrom(client, organizationId, comesBack);
          return true;
        }
        const wanted = await wantedOf(now, present, paid, lowest);
        // What was to happen by itself to a plan that is paid elsewhere no longer does, unless it is said there.
        const isUndone =
          next !== null && !isSame(next, wanted.next) && (present.fee === 'stripe' || wanted.atOnce !== null);
        if (isUndone) await deletePhasesAfter(client, organizationId, now);
        const from = await catalogue.version(present.planVersionId);
        if (wanted.atOnce) await move(change, organizationId, wanted.atOnce, from);
        if (wanted.next && (isUndone || next === null)) await move(change, organizationId, wanted.next, null);
        if (isUndone && !wanted.next && !wanted.atOnce) {
          await change.note({ action: 'subscription.resumed', target: from.planKey, details: {} });
        }
        return isUndone || wanted.atOnce !== null || (wanted.next !== null && next === null);
      });
    },
  };
}

const isSame = (phase: Phase, wanted: Wanted | null): boolean =>
  wanted !== null &&
  phase.startsAt.getTime() === wanted.startsAt.getTime() &&
  phase.planVersionId === wanted.planVersionId &&
  phase.fee === wanted.fee;
