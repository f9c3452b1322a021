import { type Pool, type PoolClient } from 'pg';
import { inTransaction } from '@/db';
import { AppError } from '@/kernel/errors';
import { checkPlanVersion } from './check-plan-version';
import { type NewPlanVersion, type PlanVersion } from './contracts';
import { type Metric, readMetrics } from './metric-catalogue';
import { insertPlanVersion, readPlanVersions } from './plan-version-store';

export interface PlanCatalogue {
  /** The newest version of each plan, by rank. At most a minute old. */
  plans(): Promise<readonly PlanVersion[]>;
  /** The newest version of the plan that a caller named. At most a minute old. @throws AppError invalid_request */
  plan(key: string): Promise<PlanVersion>;
  /** A version, however new or old it is, from memory unless it is new. @throws AppError not_found */
  version(id: string): Promise<PlanVersion>;
  /** The metrics that plans may limit, by key. */
  metrics(): Promise<ReadonlyMap<string, Metric>>;
  /**
   * Publishes the next version of a plan. Organizations on an older version stay there.
   * @param audit writes who did it, in the transaction of the change.
   * @throws AppError invalid_request with one issue per wrong field.
   */
  createPlanVersion(
    input: NewPlanVersion,
    audit: (client: PoolClient, version: { id: string; planKey: string }) => Promise<void>,
  ): Promise<PlanVersion>;
}

interface Contents {
  versions: ReadonlyMap<string, PlanVersion>;
  newest: readonly PlanVersion[];
  metrics: ReadonlyMap<string, Metric>;
  readAtMs: number;
}

const MAX_AGE_MS = 60_000;

const refusal = (field: string, message: string) =>
  new AppError('invalid_request', `${field}: ${message}`, { issues: [{ field, message }] });

/** The catalogue of plans, in memory: versions never change, so only a new one makes it old. */
export function createPlanCatalogue({ pool }: { pool: Pool }): PlanCatalogue {
  let known: Contents | undefined;
  let reading: Promise<Contents> | undefined;

  async function read(): Promise<Contents> {
    const readAtMs = performance.now();
    const [all, metrics] = await Promise.all([readPlanVersions(pool), readMetrics(pool)]);
    const newest = all.filter(({ planKey }, place) => all[place - 1]?.planKey !== planKey);
    return (known = { versions: new Map(all.map((version) => [version.id, version])), newest, metrics, readAtMs });
  }
  const refresh = () => (reading ??= read().finally(() => (reading = undefined)));
  const isOld = ({ readAtMs }: Contents) => performance.now() - readAtMs >= MAX_AGE_MS;
  const fresh = async () => (known && !isOld(known) ? known : refresh());
  /** Never waits once something is known: calls, and transactions that hold a connection, must not wait for a second one. */
  async function present(): Promise<Contents> {
    if (!known) return refresh();
    // Who asks for what must be fresh meets the failure.
    if (isOld(known)) void refresh().catch(() => undefined);
    return known;
  }

  async function version(id: string): Promise<PlanVersion> {
    let found = (await present()).versions.get(id);
    // The reading that is under way may have begun before the version was there; the one after it did not.
    for (let attempt = 0; !found && attempt < 2; attempt++) found = (await refresh()).versions.get(id);
    if (!found) throw new AppError('not_found', `There is no plan version ${id}.`);
    return found;
  }

  return {
    plans: async () => (await fresh()).newest,
    metrics: async () => (await present()).metrics,
    version,

    async plan(key) {
      const { newest } = await fresh();
      const found = newest.find(({ planKey }) => planKey === key);
      if (found) return found;
      const plans = newest.map(({ planKey }) => planKey).join(', ');
      throw refusal('plan', `expected one of ${plans}, received ${key}`);
    },

    async createPlanVersion(input, audit) {
      const { metrics } = await refresh();
      const fields = checkPlanVersion(input, metrics);
      const id = await inTransaction(pool, async (client) => {
        const created = await insertPlanVersion(client, fields);
        if (created === null) throw refusal('plan_key', `there is no plan ${fields.planKey}`);
        await audit(client, { id: created, planKey: fields.planKey });
        return created;
      });
      await refresh();
      return version(id);
    },
  };
}
