import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';

const COLUMNS = `id, organization_id, name, prefix, last_four, livemode, scopes, allowed_ips, created_by, created_at,
  expires_at, revoked_at, rotated_from, last_used_at, requests_per_minute, may_exceed_plan`;

const apiKeyRow = z.object({
  id: z.string(),
  organization_id: z.string(),
  name: z.string(),
  prefix: z.string(),
  last_four: z.string(),
  livemode: z.boolean(),
  scopes: z.array(z.string()),
  allowed_ips: z.array(z.string()),
  created_by: z.string().nullable(),
  created_at: z.date(),
  expires_at: z.date().nullable(),
  revoked_at: z.date().nullable(),
  rotated_from: z.string().nullable(),
  last_used_at: z.date().nullable(),
  requests_per_minute: z.int().nullable(),
  may_exceed_plan: z.boolean(),
});
export type ApiKeyRow = z.output<typeof apiKeyRow>;
const listedRow = apiKeyRow.extend({ position: z.string() });

export interface NewApiKey {
  id: string;
  organizationId: string;
  name: string;
  secretSha256Hex: string;
  prefix: string;
  lastFour: string;
  livemode: boolean;
  scopes: string[];
  allowedIps: string[];
  createdBy: string | null;
  expiresAt: Date | null;
  rotatedFrom: string | null;
  requestsPerMinute: number | null;
  mayExceedPlan: boolean;
}

/** Where a page of the list begins: after the key made at this instant (microseconds, as Postgres prints it) with this id. */
export interface ListPosition {
  createdAt: string;
  id: string;
}

/** The only file that knows the table api_keys. Every function but the look-up by hash acts for one organization. */
export function createApiKeyStore({ pool }: { pool: Pool }) {
  const one = async (runner: Pool | PoolClient, sql: string, values: unknown[]): Promise<ApiKeyRow | null> => {
    const { rows } = await runner.query<Record<string, unknown>>(sql, values);
    return rows[0] ? apiKeyRow.parse(rows[0]) : null;
  };

  return {
    /** The key with this SHA-256 (hex), whoever owns it; null if there is none. */
    findByHash: (sha256Hex: string) =>
      one(pool, `select ${COLUMNS} from api_keys where secret_sha256 = decode($1, 'hex')`, [sha256Hex]),

    find: (organizationId: string, id: string, runner: Pool | PoolClient = pool) =>
      one(runner, `select ${COLUMNS} from api_keys where organization_id = $1 and id = $2`, [organizationId, id]),

    /** The key that replaced this one; null if none did. */
    findSuccessor: (organizationId: string, id: string, runner: Pool | PoolClient = pool) =>
      one(runner, `select ${COLUMNS} from api_keys where organization_id = $1 and rotated_from = $2 limit 1`, [
        organizationId,
        id,
      ]),

    /** Lets changes to the keys of an organization take turns until the transaction ends. */
    async takeTurn(client: PoolClient, organizationId: string): Promise<void> {
      // Not "for update": rows that refer to the organization, such as its usage, can be written meanwhile.
      await client.query('select from organizations where id = $1 for no key update', [organizationId]);
    },

    /** How many keys are in force at an instant, a key and the one that takes its place counted as one. */
    async countHeld(organizationId: string, at: Date, runner: Pool | PoolClient): Promise<number> {
      const { rows } = await runner.query<{ held: number }>(
        `with alive as (
           select id, rotated_from from api_keys
           where organization_id = $1 and revoked_at is null and coalesce(expires_at > $2, true)
         )
         select count(*)::int as held from alive a
         where not exists (select from alive successor where successor.rotated_from = a.id)`,
        [organizationId, at],
      );
      return rows[0]!.held;
    },

    /** Newest first; at most `limit` keys. */
    async list(organizationId: string, limit: number, after: ListPosition | null) {
      const { rows } = await pool.query(
        `select ${COLUMNS}, created_at::text as position from api_keys
         where organization_id = $1 and ($2::text is null or (created_at, id) < ($2::timestamptz, $3::uuid))
         order by created_at desc, id desc limit $4`,
        [organizationId, after?.createdAt ?? null, after?.id ?? null, limit],
      );
      return z.array(listedRow).parse(rows);
    },

    async insert(client: PoolClient, key: NewApiKey): Promise<ApiKeyRow> {
      const row = await one(
        client,
        `insert into api_keys (id, organization_id, name, secret_sha256, prefix, last_four, livemode, scopes,
           allowed_ips, created_by, expires_at, rotated_from, requests_per_minute, may_exceed_plan)
         values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) returning ${COLUMNS}`,
        [
          key.id,
          key.organizationId,
          key.name,
          key.secretSha256Hex,
          key.prefix,
          key.lastFour,
          key.livemode,
          key.scopes,
          key.allowedIps,
          key.createdBy,
          key.expiresAt,
          key.rotatedFrom,
          key.requestsPerMinute,
          key.mayExceedPlan,
        ],
      );
      return row!;
    },

    /** Ends the key now; null if there is none that was still alive. */
    revoke: (client: PoolClient, organizationId: string, id: string) =>
      one(
        client,
        `update api_keys set revoked_at = now() where organization_id = $1 and id = $2 and revoked_at is null
         returning ${COLUMNS}`,
        [organizationId, id],
      ),

    /** Lets the key end at this instant, or earlier if it was to end earlier. */
    expireBy: (client: PoolClient, organizationId: string, id: string, at: Date) =>
      one(
        client,
        `update api_keys set expires_at = least(coalesce(expires_at, 'infinity'), $3)
         where organization_id = $1 and id = $2 returning ${COLUMNS}`,
        [organizationId, id, at],
      ),
  };
}

export type ApiKeyStore = ReturnType<typeof createApiKeyStore>;
