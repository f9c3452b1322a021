import { type Pool } from 'pg';
import {
  createEntitlementReader,
  createPlanCatalogue,
  createSubscriptionService,
  type EntitlementReader,
  type SubscriptionActor,
  type SubscriptionAuditEntry,
  type SubscriptionService,
} from '@/plans';
import { createOrganization } from './test-database';

export const PERSON: SubscriptionActor = { kind: 'user', id: '00000000-0000-4000-8000-000000000001' };

export interface SubscribedOrganization {
  id: string;
  now: Date;
  /** What was written to the audit log. */
  entries: SubscriptionAuditEntry[];
  /** The services as another process has them. @param onAudit may hold a change up within its transaction, or fail it. */
  start(options?: { onAudit?: () => Promise<void> }): { service: SubscriptionService; reader: EntitlementReader };
  planAt(instant: string): Promise<string>;
  /** Where use of a metric ends; undefined where the metric is not limited. */
  limitOf(metric: string, at?: Date): Promise<number | null | undefined>;
  /** Plan and reason of every phase, in order of time. */
  phases(): Promise<string[]>;
  /** Lets so many API calls be counted in the period. */
  addCounter(used: number): Promise<unknown>;
}

/**
 * An organization on the free plan at noon of 10 February 2027, in its period from 31 January to 28 February; with services
 * that act at the instant `now`, which a test moves.
 */
export async function subscribeOrganization(pool: Pool): Promise<SubscribedOrganization> {
  const { id } = await createOrganization(pool);
  await pool.query(`update subscriptions set anchor = '2027-01-31' where organization_id = $1`, [id]);

  const organization: SubscribedOrganization = {
    id,
    now: new Date('2027-02-10T12:00:00Z'),
    entries: [],

    start({ onAudit = async () => undefined } = {}) {
      const catalogue = createPlanCatalogue({ pool });
      const service = createSubscriptionService({
        pool,
        catalogue,
        clock: { now: () => organization.now },
        audit: async (_client, entry) => {
          await onAudit();
          organization.entries.push(entry);
        },
      });
      return { service, reader: createEntitlementReader({ pool, catalogue }) };
    },

    planAt: async (instant: string) => (await organization.start().reader.read(id, new Date(instant))).plan.planKey,

    limitOf: async (metric: string, at = organization.now) =>
      (await organization.start().reader.read(id, at)).limits.get(metric)?.limit,

    async phases() {
      const { rows } = await pool.query<{ phase: string }>(
        `select v.plan_key || ' ' || reason as phase
         from subscription_phases p join plan_versions v on v.id = p.plan_version_id
         where organization_id = $1 order by starts_at`,
        [id],
      );
      return rows.map(({ phase }) => phase);
    },

    addCounter: (used: number) =>
      pool.query(
        `insert into quota_counters (organization_id, livemode, metric, period_start, used)
         values ($1, true, 'api_calls', '2027-01-31', $2)`,
        [id, used],
      ),
  };
  return organization;
}
