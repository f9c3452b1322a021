import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type MetricLimit, planFeatures, type PlanVersion } from './contracts';
import { priceModel } from '@/rating/contracts';

const limitJson = z.object({
  metric: z.string(),
  included: z.number().nullable(),
  enforcement: z.enum(['hard', 'overage']),
  overageLimit: z.number().nullable(),
  price: priceModel.nullable(),
  onOutage: z.enum(['allow', 'deny']),
});

const versionRow = z.object({
  id: z.string(),
  plan_key: z.string(),
  plan_name: z.string(),
  rank: z.int(),
  version: z.int(),
  price_minor: z.coerce.number(),
  currency: z.string(),
  requests_per_minute: z.int(),
  features: planFeatures,
  limits: z.array(limitJson),
});

/** Every version of every plan, by rank and then the newest first. */
export async function readPlanVersions(pool: Pool): Promise<PlanVersion[]> {
  const { rows } = await pool.query(
    `select v.id, v.plan_key, p.name as plan_name, p.rank, v.version, v.price_minor, v.currency, v.requests_per_minute, v.features,
       coalesce((
         select jsonb_agg(jsonb_build_object(
           'metric', l.metric, 'included', l.included, 'enforcement', l.enforcement,
           'overageLimit', l.overage_limit, 'price', l.price, 'onOutage', l.on_outage
         ) order by l.metric)
         from plan_limits l where l.plan_version_id = v.id
       ), '[]') as limits
     from plan_versions v join plans p on p.key = v.plan_key
     order by p.rank, v.version desc`,
  );
  return rows.map((row) => toPlanVersion(versionRow.parse(row)));
}

const toPlanVersion = (row: z.output<typeof versionRow>): PlanVersion => ({
  id: row.id,
  planKey: row.plan_key,
  planName: row.plan_name,
  rank: row.rank,
  version: row.version,
  priceMinor: row.price_minor,
  currency: row.currency,
  requestsPerMinute: row.requests_per_minute,
  features: row.features,
  limits: new Map(row.limits.map((limit) => [limit.metric, limit])),
});

export interface PlanVersionFields {
  planKey: string;
  priceMinor: number;
  currency: string;
  requestsPerMinute: number;
  features: Record<string, boolean | number>;
  /** Whether Stripe is sent what is used by the hour. */
  stripeMeters: boolean;
  limits: readonly MetricLimit[];
}

/**
 * Adds the next version of a plan with its limits; two at once take turns. Runs in the caller's transaction.
 * @returns the version's id; null if there is no such plan.
 */
export async function insertPlanVersion(client: PoolClient, fields: PlanVersionFields): Promise<string | null> {
  const { rowCount } = await client.query('select from plans where key = $1 for update', [fields.planKey]);
  if (rowCount === 0) return null;
  const { rows } = await client.query<{ id: string }>(
    `insert into plan_versions (plan_key, version, price_minor, currency, requests_per_minute, features, stripe_meters)
     select $1, coalesce(max(version), 0) + 1, $2, $3, $4, $5, $6 from plan_versions where plan_key = $1
     returning id`,
    [
      fields.planKey,
      fields.priceMinor,
      fields.currency,
      fields.requestsPerMinute,
      JSON.stringify(fields.features),
      fields.stripeMeters,
    ],
  );
  const { id } = rows[0]!;
  await client.query(
    `insert into plan_limits (plan_version_id, metric, included, enforcement, overage_limit, price, on_outage)
     select $1, metric, included, enforcement, "overageLimit", price, "onOutage"
     from jsonb_to_recordset($2) as l
       (metric text, included numeric, enforcement text, "overageLimit" numeric, price jsonb, "onOutage" text)`,
    [id, JSON.stringify(fields.limits)],
  );
  return id;
}
