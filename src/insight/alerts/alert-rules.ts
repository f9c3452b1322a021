/** What is to be told to whom: rules of an organization, or of the installation where the organization is null. */
import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type MetricCatalogue } from '@/plans';
import { type AlertRule, type CreateAlertRuleInput, MOST_RULES, type UpdateAlertRuleInput } from './alert-contracts';
import {
  deleteRule,
  hasLiveKey,
  insertRule,
  listRules,
  lockRules,
  resolveAlertsOfRule,
  takeRule,
  updateRule,
} from './alert-rule-store';
import { refuseIssues, ruleIssues, thresholdIssues } from './check-rule';

export interface AlertRules {
  /** The levels first, then the others as they were added. */
  list(organizationId: string | null): Promise<AlertRule[]>;
  /** @throws AppError invalid_request naming the field; conflict where there are 50 already. */
  create(organizationId: string | null, userId: string, input: CreateAlertRuleInput): Promise<AlertRule>;
  /**
   * Changes what is named. Alerts of a rule that is switched off, or has another threshold now, are resolved.
   * @throws AppError not_found; invalid_request naming the field, also for name and threshold of a level, which are what it is.
   */
  update(organizationId: string | null, userId: string, id: string, input: UpdateAlertRuleInput): Promise<AlertRule>;
  /** Its alerts are resolved, and stay. @throws AppError not_found; conflict for a level, which can be switched off. */
  remove(organizationId: string | null, userId: string, id: string): Promise<void>;
}

interface AuditedChange {
  organizationId: string | null;
  actor: { kind: 'user'; id: string };
  action: string;
  target: string;
  details: Record<string, unknown>;
}

interface AlertRulesOptions {
  pool: Pool;
  clock: Clock;
  catalogue: Pick<MetricCatalogue, 'all'>;
  audit: (client: PoolClient, entry: AuditedChange) => Promise<void>;
}

export function createAlertRules({ pool, clock, catalogue, audit }: AlertRulesOptions): AlertRules {
  const note = (
    client: PoolClient,
    [organizationId, userId]: readonly [string | null, string],
    action: string,
    { id, ...rule }: AlertRule,
  ) =>
    audit(client, {
      organizationId,
      actor: { kind: 'user', id: userId },
      action: `alert_rule.${action}`,
      target: id,
      details: {
        name: rule.name,
        kind: rule.kind,
        metric: rule.metric,
        threshold: rule.threshold,
        severity: rule.severity,
        channels: rule.channels,
        cooldown_seconds: rule.cooldown_seconds,
        enabled: rule.enabled,
      },
    });

  async function held(client: PoolClient, organizationId: string | null, id: string): Promise<AlertRule> {
    await lockRules(client, organizationId);
    const rule = await takeRule(client, organizationId, id);
    if (!rule) throw new AppError('not_found', 'There is no such rule.');
    return rule;
  }

  return {
    list: (organizationId) => listRules(pool, organizationId),

    async create(organizationId, userId, input) {
      refuseIssues(ruleIssues(input, await catalogue.all(), organizationId === null));
      return inTransaction(pool, async (client) => {
        const held = await lockRules(client, organizationId);
        if (held >= MOST_RULES)
          throw new AppError('conflict', `There are ${held} rules already, and ${MOST_RULES} at most.`);
        const keyId = input.api_key_id;
        if (organizationId !== null && keyId !== null && !(await hasLiveKey(client, organizationId, keyId)))
          refuseIssues([{ field: 'api_key_id', message: 'this organization has no live key of this id in force' }]);
        const rule = await insertRule(client, organizationId, input, clock.now());
        await note(client, [organizationId, userId], 'created', rule);
        return rule;
      });
    },

    update: (organizationId, userId, id, input) =>
      inTransaction(pool, async (client) => {
        const rule = await held(client, organizationId, id);
        const { kind } = rule;
        for (const field of ['name', 'threshold'] as const)
          if (rule.level !== null && input[field] !== undefined)
            refuseIssues([{ field, message: 'expected none: a level is what it is, and can be switched' }]);
        if (kind !== 'overage' && input.threshold !== undefined) refuseIssues(thresholdIssues(kind, input.threshold));
        const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
        const changed = await updateRule(client, { ...rule, ...given }, clock.now());
        if (!changed.enabled || changed.threshold !== rule.threshold)
          await resolveAlertsOfRule(client, id, clock.now());
        await note(client, [organizationId, userId], 'updated', changed);
        return changed;
      }),

    remove: (organizationId, userId, id) =>
      inTransaction(pool, async (client) => {
        const rule = await held(client, organizationId, id);
        if (rule.level !== null) throw new AppError('conflict', 'A level cannot be removed. Switch it off instead.');
        await resolveAlertsOfRule(client, id, clock.now());
        await deleteRule(client, id);
        await note(client, [organizationId, userId], 'removed', rule);
      }),
  };
}
