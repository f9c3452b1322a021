import { type Pool } from 'pg';
import { z } from 'zod';
import { fromMinor } from '@/kernel/money';
import { type BillingRunDetail, type BillingRunFailure, type BillingRunView } from './run-views';

/** How far a run has come. */
export interface RunProgress {
  processed: number;
  failed: number;
  invoiced: number;
  skipped: number;
  /** What was billed, in minor units by currency. */
  amounts: Record<string, number>;
  lastOrganization: string | null;
}

interface NewRun {
  id: string;
  at: Date;
  startedBy: string;
  dryRun: boolean;
}

/** Failures that are kept and shown of a run at most: what fails for all is told by its first. */
const FAILURES_SHOWN = 1_000;

export interface RunStore {
  insert(run: NewRun): Promise<void>;
  setDue(id: string, due: number): Promise<void>;
  /** Notes that the run lives, and how far it is. */
  note(id: string, progress: RunProgress): Promise<void>;
  addFailure(id: string, organizationId: string, reason: string): Promise<void>;
  end(id: string, status: 'done' | 'stopped' | 'failed', reason: string | null, progress: RunProgress): Promise<void>;
  /** Ends runs that were not heard of for so long: their process is gone. */
  endSilent(silentMs: number): Promise<void>;
  /** The newest first, behind the run that `cursor` names; an unknown one begins nowhere. */
  list(query: { limit: number; cursor?: string | undefined }): Promise<BillingRunView[]>;
  get(id: string): Promise<BillingRunDetail | null>;
  /** Up to which moment everybody was billed; null before the first whole run. */
  watermark(): Promise<Date | null>;
  /** Removes runs that began more than 400 days before `at`, with their failures; resolves to how many. */
  removeOld(at: Date): Promise<number>;
}

const instant = z.date().transform((at) => at.toISOString());
const row = z
  .object({
    id: z.uuid(),
    status: z.enum(['running', 'done', 'stopped', 'failed']),
    reason: z.string().nullable(),
    dry_run: z.boolean(),
    at: instant,
    started_by: z.string(),
    started_at: instant,
    heartbeat_at: instant,
    ended_at: instant.nullable(),
    due: z.int(),
    processed: z.int(),
    failed: z.int(),
    invoiced: z.int(),
    skipped: z.int(),
    amounts: z.record(z.string(), z.number()),
  })
  .transform(({ amounts, ...run }): BillingRunView => ({
    ...run,
    amounts: Object.fromEntries(
      Object.entries(amounts).map(([currency, minor]) => [currency, fromMinor(minor, currency)]),
    ),
  }));
const failureRow = z.object({ organization_id: z.uuid(), reason: z.string(), at: instant });

const COLUMNS =
  'id, status, reason, dry_run, at, started_by, started_at, heartbeat_at, ended_at, due, processed, failed, invoiced, skipped, amounts';
const PROGRESS = `processed = $2, failed = $3, invoiced = $4, skipped = $5, amounts = $6, last_organization = $7, heartbeat_at = clock_timestamp()`;
const values = (id: string, { processed, failed, invoiced, skipped, amounts, lastOrganization }: RunProgress) => [
  id,
  processed,
  failed,
  invoiced,
  skipped,
  JSON.stringify(amounts),
  lastOrganization,
];

export function createRunStore({ pool }: { pool: Pool }): RunStore {
  async function failuresOf(id: string): Promise<BillingRunFailure[]> {
    const { rows } = await pool.query(
      `select organization_id, reason, at from billing_run_failures where run_id = $1 order by at, organization_id limit ${FAILURES_SHOWN}`,
      [id],
    );
    return z.array(failureRow).parse(rows);
  }

  return {
    async insert({ id, at, startedBy, dryRun }) {
      await pool.query(`insert into billing_runs (id, at, started_by, dry_run) values ($1, $2, $3, $4)`, [
        id,
        at,
        startedBy,
        dryRun,
      ]);
    },

    async setDue(id, due) {
      await pool.query('update billing_runs set due = $2 where id = $1', [id, due]);
    },

    async note(id, progress) {
      await pool.query(
        `update billing_runs set ${PROGRESS} where id = $1 and status = 'running'`,
        values(id, progress),
      );
    },

    async addFailure(id, organizationId, reason) {
      await pool.query(
        `insert into billing_run_failures (run_id, organization_id, reason) values ($1, $2, $3) on conflict do nothing`,
        [id, organizationId, reason],
      );
    },

    async end(id, status, reason, progress) {
      await pool.query(
        `update billing_runs set ${PROGRESS}, status = $8, reason = $9, ended_at = clock_timestamp() where id = $1 and status = 'running'`,
        [...values(id, progress), status, reason],
      );
    },

    async endSilent(silentMs) {
      await pool.query(
        `update billing_runs set status = 'failed', reason = 'Its process ended.', ended_at = heartbeat_at
         where status = 'running' and heartbeat_at < clock_timestamp() - $1 * interval '1 millisecond'`,
        [silentMs],
      );
    },

    async list({ limit, cursor }) {
      const { rows } = await pool.query(
        `select ${COLUMNS} from billing_runs
         where $1::uuid is null or (started_at, id) < (select c.started_at, c.id from billing_runs c where c.id = $1)
         order by started_at desc, id desc limit $2`,
        [cursor ?? null, limit],
      );
      return z.array(row).parse(rows);
    },

    async get(id) {
      const { rows } = await pool.query(`select ${COLUMNS} from billing_runs where id = $1`, [id]);
      return rows[0] === undefined ? null : { ...row.parse(rows[0]), failures: await failuresOf(id) };
    },

    async watermark() {
      const { rows } = await pool.query<{ watermark: Date | null }>(
        `select nullif(watermark, '-infinity') as watermark from billing_lease`,
      );
      return rows[0]?.watermark ?? null;
    },

    async removeOld(at) {
      const { rowCount } = await pool.query(
        `delete from billing_runs where started_at < $1::timestamptz - interval '400 days'`,
        [at],
      );
      return rowCount ?? 0;
    },
  };
}
