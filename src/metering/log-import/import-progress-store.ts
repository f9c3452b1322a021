import { type Pool } from 'pg';
import { z } from 'zod';

const progressRow = z.object({
  line_key: z.instanceof(Buffer),
  bytes_done: z.coerce.number(),
  lines_done: z.coerce.number(),
  accepted: z.coerce.number(),
  duplicates: z.coerce.number(),
  rejected: z.coerce.number(),
});

export interface ImportProgress {
  /** Running key of the last line done. */
  lineKey: Buffer;
  bytesDone: number;
  linesDone: number;
  accepted: number;
  duplicates: number;
  rejected: number;
}

interface ImportedFile {
  organizationId: string;
  source: string;
  firstLineKey: Buffer;
}

export interface ImportProgressStore {
  find(file: ImportedFile): Promise<ImportProgress | undefined>;
  save(file: ImportedFile, progress: ImportProgress): Promise<void>;
}

export function createImportProgressStore({ pool }: { pool: Pool }): ImportProgressStore {
  return {
    async find({ organizationId, source, firstLineKey }) {
      const { rows } = await pool.query(
        `select line_key, bytes_done, lines_done, accepted, duplicates, rejected from usage_imports
         where organization_id = $1 and source = $2 and first_line_key = $3`,
        [organizationId, source, firstLineKey],
      );
      if (rows.length === 0) return undefined;
      const { line_key, bytes_done, lines_done, ...counts } = progressRow.parse(rows[0]);
      return { lineKey: line_key, bytesDone: bytes_done, linesDone: lines_done, ...counts };
    },

    async save({ organizationId, source, firstLineKey }, progress) {
      await pool.query(
        `insert into usage_imports (organization_id, source, first_line_key, line_key, bytes_done, lines_done, accepted, duplicates, rejected)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         on conflict (organization_id, source, first_line_key) do update set line_key = excluded.line_key, bytes_done = excluded.bytes_done,
           lines_done = excluded.lines_done, accepted = excluded.accepted, duplicates = excluded.duplicates, rejected = excluded.rejected, updated_at = now()`,
        [
          organizationId,
          source,
          firstLineKey,
          progress.lineKey,
          progress.bytesDone,
          progress.linesDone,
          progress.accepted,
          progress.duplicates,
          progress.rejected,
        ],
      );
    },
  };
}
