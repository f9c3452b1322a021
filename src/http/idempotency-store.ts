import { type Pool } from 'pg';
import { z } from 'zod';

/** Whose request it is, and under which name it may be repeated. */
export interface IdempotencyScope {
  organizationId: string;
  caller: string;
  key: string;
}

export interface KeptAnswer {
  status: number;
  /** JSON; null for an answer that showed a secret or had no body. */
  body: string | null;
  /** Id of what was created. */
  createdId: string | null;
}

type Claim =
  { kind: 'first' } | { kind: 'under_way' } | { kind: 'other_request' } | { kind: 'answered'; answer: KeptAnswer };

export interface IdempotencyStore {
  /** Takes the key for this request, if nobody did within 24 hours; else says what became of the request that did. */
  claim(scope: IdempotencyScope, requestSha256Hex: string): Promise<Claim>;
  /** Keeps the answer of the request that holds the key. */
  complete(scope: IdempotencyScope, answer: KeptAnswer): Promise<void>;
  /** Removes keys of more than 24 hours ago, which claims do a few at a time; resolves to how many. */
  removeOld(): Promise<number>;
  /** Lets the key go, because the request that held it changed nothing. */
  release(scope: IdempotencyScope): Promise<void>;
}

const row = z.object({
  same: z.boolean(),
  status: z.number().nullable(),
  body: z.string().nullable(),
  created_id: z.string().nullable(),
});

export function createIdempotencyStore({ pool }: { pool: Pool }): IdempotencyStore {
  const at = ({ organizationId, caller, key }: IdempotencyScope) => [organizationId, caller, key];
  const where = 'organization_id = $1 and caller = $2 and key = $3';

  return {
    async claim(scope, requestSha256Hex) {
      // A few at a time, so that the table stays as small as a day's traffic without a job of its own.
      await pool.query(
        `delete from idempotency_keys where ctid in (
           select ctid from idempotency_keys where created_at < now() - interval '24 hours' limit 20 for update skip locked)`,
      );
      const taken = await pool.query(
        `insert into idempotency_keys as k (organization_id, caller, key, request_sha256)
         values ($1, $2, $3, decode($4, 'hex'))
         on conflict (organization_id, caller, key) do update
           set request_sha256 = excluded.request_sha256, status = null, body = null, created_id = null, created_at = now()
           where k.created_at < now() - interval '24 hours'`,
        [...at(scope), requestSha256Hex],
      );
      if (taken.rowCount === 1) return { kind: 'first' };
      const { rows } = await pool.query(
        `select request_sha256 = decode($4, 'hex') as same, status, body, created_id from idempotency_keys where ${where}`,
        [...at(scope), requestSha256Hex],
      );
      // Released in between: the request that held it changed nothing, and the caller may try again.
      if (!rows[0]) return { kind: 'under_way' };
      const held = row.parse(rows[0]);
      if (!held.same) return { kind: 'other_request' };
      if (held.status === null) return { kind: 'under_way' };
      return { kind: 'answered', answer: { status: held.status, body: held.body, createdId: held.created_id } };
    },

    async complete(scope, { status, body, createdId }) {
      await pool.query(`update idempotency_keys set status = $4, body = $5, created_id = $6 where ${where}`, [
        ...at(scope),
        status,
        body,
        createdId,
      ]);
    },

    async removeOld() {
      const { rowCount } = await pool.query(
        `delete from idempotency_keys where created_at < now() - interval '24 hours'`,
      );
      return rowCount ?? 0;
    },

    async release(scope) {
      await pool.query(`delete from idempotency_keys where ${where} and status is null`, at(scope));
    },
  };
}
