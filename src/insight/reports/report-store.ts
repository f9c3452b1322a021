import { type Pool, type PoolClient } from 'pg';
import { z } from 'zod';
import { type Asked, REPORT_COLUMNS, type ReportRow, reportRow } from './report-rows';

interface NewReport {
  id: string;
  organizationId: string;
  type: ReportRow['type'];
  format: ReportRow['format'];
  from: Date;
  to: Date;
  asked: Asked;
  livemode: boolean;
  createdBy: string;
  createdAt: Date;
  scheduleId: string | null;
}

export interface ReportPosition {
  createdAt: string;
  id: string;
}

/** A report that somebody makes; `attempts` is what they prove by that it is theirs. */
type Claimed = Pick<ReportRow, 'id' | 'attempts'>;

/** How often one is begun before it is given up. */
export const MOST_ATTEMPTS = 5;
const PAUSE_MS = 30_000;

export interface ReportStore {
  /** False where the schedule has a report of this period already. */
  insert(client: PoolClient, report: NewReport): Promise<boolean>;
  /** How many are not done, and how many there are; others who count wait until the transaction ends. */
  count(client: PoolClient, organizationId: string): Promise<{ open: number; kept: number }>;
  list(
    organizationId: string,
    query: { limit: number; after: ReportPosition | null; testOnly: boolean },
  ): Promise<ReportRow[]>;
  find(organizationId: string, id: string, testOnly: boolean): Promise<ReportRow | null>;
  countDownload(organizationId: string, id: string): Promise<void>;
  delete(organizationId: string, id: string): Promise<void>;
  /** The oldest that waits, or whose maker is gone; null where there is none. */
  claim(leaseMs: number): Promise<ReportRow | null>;
  /** Gives up what was begun too often. */
  failCutOff(at: Date, expiresAt: Date): Promise<void>;
  /** Goes on holding it; false where it is somebody else's now. */
  renew(report: Claimed, leaseMs: number, progress: number, rows: number): Promise<boolean>;
  finish(
    client: PoolClient,
    report: Claimed,
    done: { fileKey: string; bytes: number; rows: number; at: Date; expiresAt: Date },
  ): Promise<boolean>;
  fail(report: Claimed, reason: string, at: Date, expiresAt: Date): Promise<void>;
  /** Lets somebody try again, after a pause or at once. */
  release(report: Claimed, atOnce: boolean): Promise<void>;
  expired(at: Date, limit: number): Promise<ReportRow[]>;
}

const one = (rows: unknown[]): ReportRow | null => (rows[0] === undefined ? null : reportRow.parse(rows[0]));
const counts = z.object({ open: z.coerce.number(), kept: z.coerce.number() });
const MINE = `id = $1 and attempts = $2 and status = 'running'`;
const WAITS = `status in ('queued', 'running') and (lease_expires_at is null or lease_expires_at < clock_timestamp())`;

export function createReportStore({ pool }: { pool: Pool }): ReportStore {
  return {
    async insert(
      client,
      { id, organizationId, type, format, from, to, asked, livemode, createdBy, createdAt, scheduleId },
    ) {
      const { rowCount } = await client.query(
        `insert into usage_reports (id, organization_id, type, format, period_start, period_end, asked, livemode, created_by, created_at, schedule_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict (schedule_id, period_end) do nothing`,
        [id, organizationId, type, format, from, to, JSON.stringify(asked), livemode, createdBy, createdAt, scheduleId],
      );
      return rowCount === 1;
    },

    async count(client, organizationId) {
      await client.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [`reports of ${organizationId}`]);
      const { rows } = await client.query(
        `select count(*) filter (where status in ('queued', 'running')) as open, count(*) as kept from usage_reports where organization_id = $1`,
        [organizationId],
      );
      return counts.parse(rows[0]);
    },

    async list(organizationId, { limit, after, testOnly }) {
      const { rows } = await pool.query(
        `select ${REPORT_COLUMNS} from usage_reports
         where organization_id = $1 and not ($2 and livemode) and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
         order by created_at desc, id desc limit $5`,
        [organizationId, testOnly, after?.createdAt ?? null, after?.id ?? null, limit],
      );
      return z.array(reportRow).parse(rows);
    },

    async find(organizationId, id, testOnly) {
      const { rows } = await pool.query(
        `select ${REPORT_COLUMNS} from usage_reports where organization_id = $1 and id = $2 and not ($3 and livemode)`,
        [organizationId, id, testOnly],
      );
      return one(rows);
    },

    async countDownload(organizationId, id) {
      await pool.query('update usage_reports set downloads = downloads + 1 where organization_id = $1 and id = $2', [
        organizationId,
        id,
      ]);
    },

    async delete(organizationId, id) {
      await pool.query('delete from usage_reports where organization_id = $1 and id = $2', [organizationId, id]);
    },

    async claim(leaseMs) {
      const { rows } = await pool.query(
        `update usage_reports set status = 'running', attempts = attempts + 1, progress = 0, rows_written = 0,
           lease_expires_at = clock_timestamp() + $1 * interval '1 millisecond'
         where id = (
           select id from usage_reports where ${WAITS} and attempts < ${MOST_ATTEMPTS}
           order by created_at, id for update skip locked limit 1
         ) returning ${REPORT_COLUMNS}`,
        [leaseMs],
      );
      return one(rows);
    },

    async failCutOff(at, expiresAt) {
      await pool.query(
        `update usage_reports set status = 'failed', failure = $1, finished_at = $2, expires_at = $3, lease_expires_at = null
         where ${WAITS} and attempts >= ${MOST_ATTEMPTS}`,
        [`It was begun ${MOST_ATTEMPTS} times and cut off each time.`, at, expiresAt],
      );
    },

    async renew({ id, attempts }, leaseMs, progress, rows) {
      const { rowCount } = await pool.query(
        `update usage_reports set lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond', progress = $4, rows_written = $5 where ${MINE}`,
        [id, attempts, leaseMs, progress, rows],
      );
      return rowCount === 1;
    },

    async finish(client, { id, attempts }, { fileKey, bytes, rows, at, expiresAt }) {
      const { rowCount } = await client.query(
        `update usage_reports set status = 'ready', progress = 1, rows_written = $3, file_key = $4, size_bytes = $5, finished_at = $6,
           expires_at = $7, lease_expires_at = null where ${MINE}`,
        [id, attempts, rows, fileKey, bytes, at, expiresAt],
      );
      return rowCount === 1;
    },

    async fail({ id, attempts }, reason, at, expiresAt) {
      await pool.query(
        `update usage_reports set status = 'failed', failure = $3, finished_at = $4, expires_at = $5, lease_expires_at = null where ${MINE}`,
        [id, attempts, reason.slice(0, 500), at, expiresAt],
      );
    },

    async release({ id, attempts }, atOnce) {
      await pool.query(
        `update usage_reports set status = 'queued', lease_expires_at = case when $3 then null else clock_timestamp() + ${PAUSE_MS} * interval '1 millisecond' end
         where ${MINE}`,
        [id, attempts, atOnce],
      );
    },

    async expired(at, limit) {
      const { rows } = await pool.query(
        `select ${REPORT_COLUMNS} from usage_reports where expires_at <= $1 order by expires_at limit $2`,
        [at, limit],
      );
      return z.array(reportRow).parse(rows);
    },
  };
}
