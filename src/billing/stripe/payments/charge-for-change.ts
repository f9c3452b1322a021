import { AppError } from '@/kernel/errors';
import { type PaidPlan } from '@/plans';
import { type PlanVersion } from '@/plans/contracts';

/** What Stripe charges for a change of plan, and how the plan is paid from then on. */
export interface PlanCharge {
  /** On a page of Stripe's first, or by the subscription that there is. */
  by: 'checkout' | 'subscription';
  /** At the instant that was asked about, in minor units of the plan's currency; taxes come on top. */
  dueNowMinor: number;
  /** The plan as it then is paid there. */
  paid: PaidPlan;
}

interface Change {
  present: PlanVersion;
  target: PlanVersion;
  /** The running one. */
  period: { from: Date; to: Date };
  at: Date;
}

/** The part of a price for what is left of the period, rounded half up: by the second, as Stripe does it. */
function shareLeft({ priceMinor }: PlanVersion, { period, at }: Change): number {
  const seconds = (date: Date) => Math.floor(date.getTime() / 1_000);
  const left = seconds(period.to) - seconds(at);
  return Math.round((priceMinor * left) / (seconds(period.to) - seconds(period.from)));
}

const through = ({ period }: Change, plan: PlanVersion, endsAt: Date | null = null): PaidPlan => ({
  planVersionId: plan.id,
  paidThrough: period.to,
  endsAt,
});

/** Of a plan that is paid on a page of Stripe's before it holds: what is left of the period. Pure. */
export const chargeByCheckout = (change: Change): PlanCharge => ({
  by: 'checkout',
  dueNowMinor: shareLeft(change.target, change),
  paid: through(change, change.target),
});

/**
 * Of a plan that is paid there already. A higher one costs the difference for what is left of the period, a lower one nothing
 * before the next, and one that costs nothing ends the subscription with the period. Pure.
 */
export function chargeBySubscription(change: Change): PlanCharge {
  const { present, target, period } = change;
  if (target.priceMinor === 0) return { by: 'subscription', dueNowMinor: 0, paid: through(change, present, period.to) };
  const isHigher = target.planKey !== present.planKey && target.rank > present.rank;
  const difference = isHigher ? shareLeft(target, change) - shareLeft(present, change) : 0;
  const plan = target.planKey === present.planKey ? present : target;
  return { by: 'subscription', dueNowMinor: Math.max(0, difference), paid: through(change, plan) };
}

export const paymentFirst = (): AppError =>
  new AppError('payment_required', 'A payment failed. Plans can be changed once the open invoices are paid.');
