import { type Pool } from 'pg';
import { type SqlExecutor } from '@/db';
import { type AuditEntry, insertAuditEntry, listAuditEntries } from './audit-log-store';
import { type AuditEntryView } from './contracts';

export interface AuditLog {
  /** Adds an entry. Given the executor of a transaction, the entry stands or falls with it. */
  record(entry: AuditEntry, executor?: SqlExecutor): Promise<void>;
  /** The newest entries first. `cursor` is the `next_cursor` of the page before. */
  list(
    organizationId: string,
    page: { limit: number; cursor?: string | undefined },
  ): Promise<{ data: AuditEntryView[]; next_cursor: string | null }>;
}

/** The audit log: only ever added to, which the database enforces. */
export function createAuditLog({ pool }: { pool: Pool }): AuditLog {
  return {
    record: (entry, executor = pool) => insertAuditEntry(executor, entry),
    async list(organizationId, { limit, cursor }) {
      const rows = await listAuditEntries(pool, organizationId, limit + 1, cursor);
      const data = rows.slice(0, limit);
      return { data, next_cursor: rows.length > limit ? (data.at(-1)?.id ?? null) : null };
    },
  };
}
