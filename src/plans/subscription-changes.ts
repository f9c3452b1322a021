import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type PlanCatalogue } from './plan-catalogue';
import { type HeldSubscription, lockSubscription, resolveUsageAlerts } from './subscription-store';

/** Who changes a subscription. */
export type SubscriptionActor = { kind: 'user' | 'api_key'; id: string } | { kind: 'system' };

export interface SubscriptionAuditEntry {
  organizationId: string;
  actor: SubscriptionActor;
  action:
    | 'subscription.plan_changed'
    | 'subscription.change_scheduled'
    | 'subscription.resumed'
    | 'subscription.spend_cap_set'
    | 'subscription.trial_started'
    | 'subscription.restricted'
    | 'subscription.restored'
    | 'quota.granted'
    | 'quota.grant_revoked'
    | 'quota.overridden'
    | 'quota.override_removed';
  /** Key of the plan, id of the grant, or key of the metric. */
  target?: string;
  details: Record<string, unknown>;
}

export interface SubscriptionDependencies {
  pool: Pool;
  catalogue: PlanCatalogue;
  clock: Clock;
  /** Writes to the audit log in the transaction of the change, so that there is no change without its entry. */
  audit: (client: PoolClient, entry: SubscriptionAuditEntry) => Promise<void>;
}

/** One change under way. */
export interface SubscriptionChange extends HeldSubscription {
  client: PoolClient;
  now: Date;
  note: (entry: Pick<SubscriptionAuditEntry, 'action' | 'target' | 'details'>) => Promise<void>;
  /** To be called when more may be used than before. */
  termsGotBetter: () => Promise<void>;
}

/** Runs a change of one organization's terms in a transaction; those of two people at once take turns. */
export type ChangeInTurn = <T>(
  organizationId: string,
  actor: SubscriptionActor,
  work: (change: SubscriptionChange) => Promise<T>,
) => Promise<T>;

type ChangeDependencies = Pick<SubscriptionDependencies, 'clock' | 'audit'>;

/** A change as a part of a transaction that is under way. @throws AppError not_found for an unknown organization. */
export async function changeWithin<T>(
  { clock, audit }: ChangeDependencies,
  client: PoolClient,
  organizationId: string,
  actor: SubscriptionActor,
  work: (change: SubscriptionChange) => Promise<T>,
): Promise<T> {
  const held = await lockSubscription(client, organizationId);
  if (!held) throw new AppError('not_found', 'There is no such organization.');
  // Read once it is our turn: else a change could come to lie before the one it follows.
  const now = clock.now();
  return work({
    ...held,
    client,
    now,
    note: (entry) => audit(client, { organizationId, actor, ...entry }),
    termsGotBetter: () => resolveUsageAlerts(client, organizationId, now),
  });
}

/** @returns what throws AppError not_found for an unknown organization. */
export const createChangeInTurn =
  ({ pool, ...dependencies }: SubscriptionDependencies): ChangeInTurn =>
  (organizationId, actor, work) =>
    inTransaction(pool, (client) => changeWithin(dependencies, client, organizationId, actor, work));
