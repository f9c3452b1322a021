import { Decimal } from 'decimal.js';
import { type PoolClient } from 'pg';
import { toMinor } from '@/kernel/money';
import { type ChangeSubscriptionInput, type PlanVersion, type SubscriptionView } from './contracts';
import { readEntitlements } from './entitlement-reader';
import { createPaidPlans, type PaidPlan, type PaidPlans } from './paid-plans';
import { createPlanChanges, type PlanChanges } from './plan-changes';
import { createRestrictions, type Restrictions } from './restrictions';
import { createTrials, type Trials } from './trials';
import { createQuotaAdjustments, type QuotaAdjustments } from './quota-adjustments';
import {
  type ChangeInTurn,
  changeWithin,
  createChangeInTurn,
  type SubscriptionActor,
  type SubscriptionDependencies,
} from './subscription-changes';
import { readPhasesAt } from './subscription-store';
import { subscriptionView } from './subscription-view';

/**
 * What an organization is subscribed to. Every change is one transaction with its entry in the audit log, and is told to all
 * processes when it commits (channel quota_changed).
 */
export interface SubscriptionService extends PlanChanges, PaidPlans, Trials, Restrictions, QuotaAdjustments {
  /** Plan, period, limits and what is to happen, as they are now. @throws AppError not_found */
  get(organizationId: string): Promise<SubscriptionView>;
  /** The one change that a customer asks for. @throws AppError as the change does */
  change(organizationId: string, actor: SubscriptionActor, input: ChangeSubscriptionInput): Promise<void>;
  /**
   * A customer's change of plan as a part of the caller's transaction, which may be taken back: what would it be?
   * @param paid how it would be paid elsewhere; without it the fee is charged by our invoices.
   * @returns from when on the plan holds. @throws AppError as changePlan does
   */
  changePlanWithin(
    client: PoolClient,
    organizationId: string,
    actor: SubscriptionActor,
    planKey: string,
    paid?: PaidPlan,
  ): Promise<Date>;
  /** The plan that holds at an instant, as the caller's transaction has it, if somebody else charges its fee; else null. */
  paidElsewhereWithin(client: PoolClient, organizationId: string, at: Date): Promise<PlanVersion | null>;
}

export function createSubscriptionService(dependencies: SubscriptionDependencies): SubscriptionService {
  const { pool, catalogue, clock } = dependencies;
  const inTurn = createChangeInTurn(dependencies);
  const planChanges = createPlanChanges({ catalogue }, inTurn);
  const readNow = (organizationId: string) => readEntitlements(pool, catalogue, organizationId, clock.now());

  return {
    ...planChanges,
    ...createPaidPlans({ catalogue }, inTurn),
    ...createTrials({ catalogue }, inTurn),
    ...createRestrictions(dependencies),
    ...createQuotaAdjustments({ pool, catalogue }, inTurn),

    async get(organizationId) {
      const { terms, entitlements } = await readNow(organizationId);
      const pendingPlan = terms.next && (await catalogue.version(terms.next.planVersionId));
      return subscriptionView(terms, entitlements, pendingPlan, await catalogue.metrics());
    },

    async changePlanWithin(client, organizationId, actor, planKey, paid) {
      const within: ChangeInTurn = (id, who, work) => changeWithin(dependencies, client, id, who, work);
      if (paid) await createPaidPlans({ catalogue }, within).followPaidPlan(organizationId, paid);
      else await createPlanChanges({ catalogue }, within).changePlan(organizationId, actor, planKey);
      const { id } = await catalogue.plan(planKey);
      const { present, next } = await readPhasesAt(client, organizationId, clock.now());
      return next?.planVersionId === id ? next.startsAt : present.startsAt;
    },

    async paidElsewhereWithin(client, organizationId, at) {
      const { present } = await readPhasesAt(client, organizationId, at);
      return present.fee === 'stripe' ? catalogue.version(present.planVersionId) : null;
    },

    async change(organizationId, actor, { plan, cancel_at_period_end, spend_cap }) {
      if (plan !== undefined) await planChanges.changePlan(organizationId, actor, plan);
      if (cancel_at_period_end === true) await planChanges.cancel(organizationId, actor);
      if (cancel_at_period_end === false) await planChanges.resume(organizationId, actor);
      if (spend_cap === undefined) return;
      const { currency } = (await readNow(organizationId)).entitlements.plan;
      const capMinor = spend_cap === null ? null : toMinor(new Decimal(spend_cap), currency);
      await planChanges.setSpendCap(organizationId, actor, capMinor);
    },
  };
}
