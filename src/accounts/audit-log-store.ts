import { type Pool } from 'pg';
import { z } from 'zod';
import { type SqlExecutor } from '@/db';
import { auditEntry, type AuditEntryView } from './contracts';

/** One thing someone did. What belongs to no organization (a sign-in) has none. */
export interface AuditEntry {
  organizationId: string | null;
  actor: { kind: 'user' | 'api_key'; id: string } | { kind: 'system' };
  /** What was done, as `thing.verb_in_the_past`, e.g. `member.removed`. */
  action: string;
  /** The id of what it was done to. */
  target?: string;
  details?: Record<string, unknown>;
}

const row = auditEntry.extend({ at: z.date().transform((at) => at.toISOString()) });

export async function insertAuditEntry(executor: SqlExecutor, entry: AuditEntry): Promise<void> {
  const { actor } = entry;
  await executor.query(
    `insert into audit_log (organization_id, actor_kind, actor_id, action, target, details)
     values ($1::uuid, $2, $3, $4, $5, $6::jsonb)`,
    [
      entry.organizationId,
      actor.kind,
      actor.kind === 'system' ? null : actor.id,
      entry.action,
      entry.target ?? null,
      JSON.stringify(entry.details ?? {}),
    ],
  );
}

/** @param before the id of an entry; only older ones are listed. */
export async function listAuditEntries(
  pool: Pool,
  organizationId: string,
  limit: number,
  before: string | undefined,
): Promise<AuditEntryView[]> {
  const { rows } = await pool.query(
    `select id, at, actor_kind, actor_id, action, target, details from audit_log
     where organization_id = $1 and id < coalesce($2::bigint, 9223372036854775807)
     order by id desc limit $3`,
    [organizationId, before ?? null, limit],
  );
  return z.array(row).parse(rows);
}
