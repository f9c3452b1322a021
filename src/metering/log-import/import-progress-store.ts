import { type Pool } from 'pg';
import { z } from 'zod';
import { AppError } from '@/kernel/errors';
import { type ImportTarget } from './logged-event';

const count = z.coerce.number();
const progressRow = z.object({
  first_line_key: z.instanceof(Buffer),
  first_log: count,
  first_place: count,
  line_key: z.instanceof(Buffer),
  lines_done: count,
  bytes_done: count,
  log: count,
  next_place: count,
  accepted: count,
  duplicates: count,
  rejected: count,
});

/** How far the import of one file came. A file is known by its first line and the place of that in its log. */
export interface ImportProgress {
  /** Running key of its first line. */
  firstLineKey: Buffer;
  firstLog: number;
  firstPlace: number;
  /** Running key of the last line done. */
  lineKey: Buffer;
  linesDone: number;
  bytesDone: number;
  /** Where in which log the line after it stands. */
  log: number;
  nextPlace: number;
  accepted: number;
  duplicates: number;
  rejected: number;
}

export interface ImportProgressStore {
  /**
   * Keeps other imports of the source away until the answer is called.
   * @throws AppError conflict while another one runs.
   */
  claim(target: ImportTarget): Promise<() => Promise<void>>;
  /** All files of a source. */
  list(target: ImportTarget): Promise<ImportProgress[]>;
  save(target: ImportTarget, progress: ImportProgress): Promise<void>;
}

export function createImportProgressStore({ pool }: { pool: Pool }): ImportProgressStore {
  return {
    async claim({ organizationId, source }) {
      const client = await pool.connect();
      const key = [`import ${organizationId} ${source}`];
      try {
        const { rows } = await client.query<{ claimed: boolean }>(
          'select pg_try_advisory_lock(hashtextextended($1, 0)) as claimed',
          key,
        );
        if (!rows[0]!.claimed) throw new AppError('conflict', `Another import of the source ${source} is running.`);
      } catch (error) {
        client.release();
        throw error;
      }
      return async () => {
        await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', key).catch(() => undefined);
        client.release();
      };
    },

    async list({ organizationId, source }) {
      const { rows } = await pool.query(
        `select first_line_key, first_log, first_place, line_key, lines_done, bytes_done, log, next_place, accepted, duplicates, rejected
         from usage_imports where organization_id = $1 and source = $2`,
        [organizationId, source],
      );
      return z
        .array(progressRow)
        .parse(rows)
        .map((row) => ({
          firstLineKey: row.first_line_key,
          firstLog: row.first_log,
          firstPlace: row.first_place,
          lineKey: row.line_key,
          linesDone: row.lines_done,
          bytesDone: row.bytes_done,
          log: row.log,
          nextPlace: row.next_place,
          accepted: row.accepted,
          duplicates: row.duplicates,
          rejected: row.rejected,
        }));
    },

    async save({ organizationId, source }, progress) {
      await pool.query(
        `insert into usage_imports (organization_id, source, first_line_key, first_log, first_place,
           line_key, lines_done, bytes_done, log, next_place, accepted, duplicates, rejected)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (organization_id, source, first_line_key, first_log, first_place) do update set
           line_key = excluded.line_key, lines_done = excluded.lines_done, bytes_done = excluded.bytes_done, log = excluded.log,
           next_place = excluded.next_place, accepted = excluded.accepted, duplicates = excluded.duplicates,
           rejected = excluded.rejected, updated_at = now()`,
        [
          organizationId,
          source,
          progress.firstLineKey,
          progress.firstLog,
          progress.firstPlace,
          progress.lineKey,
          progress.linesDone,
          progress.bytesDone,
          progress.log,
          progress.nextPlace,
          progress.accepted,
          progress.duplicates,
          progress.rejected,
        ],
      );
    },
  };
}
