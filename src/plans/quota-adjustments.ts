import { AppError, type FieldIssue } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type GrantInput, type GrantView, type OverrideInput } from './contracts';
import { type ChangeInTurn, type SubscriptionActor, type SubscriptionDependencies } from './subscription-changes';
import { readGrants } from './subscription-queries';
import { deleteOverride, endGrant, insertGrant, upsertOverride } from './subscription-store';

/** What admins give or set beside the plan. */
export interface QuotaAdjustments {
  /**
   * Extra units of a metric, used after what the plan includes, the soonest to expire first.
   * @throws AppError not_found; invalid_request for a metric that cannot be limited or an expiry in the past.
   */
  grant(organizationId: string, actor: SubscriptionActor, input: GrantInput): Promise<GrantView>;
  /** Ends a grant; what was drawn of it stays. Revoking again changes nothing. @throws AppError not_found */
  revokeGrant(organizationId: string, actor: SubscriptionActor, grantId: string): Promise<GrantView>;
  /** The grants of an organization, the newest first, ended ones too. */
  grants(organizationId: string): Promise<GrantView[]>;
  /** Takes the place of what the plan includes. @throws AppError not_found; invalid_request for a metric that cannot be limited. */
  setOverride(organizationId: string, actor: SubscriptionActor, input: OverrideInput): Promise<void>;
  /** What the plan includes holds again. @throws AppError not_found where there is no override. */
  removeOverride(organizationId: string, actor: SubscriptionActor, metric: string): Promise<void>;
}

const refusal = (issue: FieldIssue) =>
  new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
const noSuchGrant = () => new AppError('not_found', 'There is no such grant in this organization.');
const nameOf = (actor: SubscriptionActor) => (actor.kind === 'system' ? 'system' : `${actor.kind}:${actor.id}`);

export function createQuotaAdjustments(
  { pool, catalogue }: Pick<SubscriptionDependencies, 'pool' | 'catalogue'>,
  inTurn: ChangeInTurn,
): QuotaAdjustments {
  async function assertLimitable(metric: string): Promise<void> {
    const known = (await catalogue.metrics()).get(metric);
    if (!known) throw refusal({ field: 'metric', message: `there is no metric ${metric}` });
    if (known.aggregation !== 'unique') return;
    throw refusal({ field: 'metric', message: `${metric} counts distinct values, which cannot be limited` });
  }

  return {
    async grant(organizationId, actor, input) {
      await assertLimitable(input.metric);
      const { metric, units, reason } = input;
      const expiresAt = input.expires_at === null ? null : new Date(input.expires_at);
      return inTurn(organizationId, actor, async ({ client, now, note, termsGotBetter }) => {
        if (expiresAt && expiresAt <= now) {
          throw refusal({ field: 'expires_at', message: `expected an instant to come, received ${input.expires_at}` });
        }
        const grant = { metric, units, reason, expiresAt, id: newId(), grantedBy: nameOf(actor), grantedAt: now };
        await insertGrant(client, organizationId, grant);
        const details = { metric, units, reason, expires_at: expiresAt?.toISOString() ?? null };
        await note({ action: 'quota.granted', target: grant.id, details });
        await termsGotBetter();
        const [view] = await readGrants(client, organizationId, grant.id);
        return view!;
      });
    },

    revokeGrant: (organizationId, actor, grantId) =>
      inTurn(organizationId, actor, async ({ client, now, note }) => {
        const ended = await endGrant(client, organizationId, grantId, now);
        const [view] = await readGrants(client, organizationId, grantId);
        if (!view) throw noSuchGrant();
        const { metric, units, units_drawn } = view;
        if (ended) {
          await note({ action: 'quota.grant_revoked', target: grantId, details: { metric, units, units_drawn } });
        }
        return view;
      }),

    grants: (organizationId) => readGrants(pool, organizationId),

    async setOverride(organizationId, actor, { metric, included, reason }) {
      await assertLimitable(metric);
      await inTurn(organizationId, actor, async ({ client, now, note, termsGotBetter }) => {
        const override = { metric, included, reason, setBy: nameOf(actor), setAt: now };
        await upsertOverride(client, organizationId, override);
        await note({ action: 'quota.overridden', target: metric, details: { included, reason } });
        await termsGotBetter();
      });
    },

    removeOverride: (organizationId, actor, metric) =>
      inTurn(organizationId, actor, async ({ client, note, termsGotBetter }) => {
        if (!(await deleteOverride(client, organizationId, metric))) {
          throw new AppError('not_found', `There is no override of ${metric} in this organization.`);
        }
        await note({ action: 'quota.override_removed', target: metric, details: {} });
        await termsGotBetter();
      }),
  };
}
