/** Reports of usage as people and programs know them: asked for, listed, downloaded, deleted. */
import { type Pool, type PoolClient } from 'pg';
import { type Logger } from 'pino';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError, type FieldIssue } from '@/kernel/errors';
import { newId } from '@/kernel/ids';
import { type MetricCatalogue } from '@/plans';
import { CONTENT_TYPES } from './encode-report';
import { type ReportMaker } from './make-reports';
import { decodeReportCursor, encodeReportCursor } from './report-cursor';
import {
  type GenerateReportInput,
  type UsageReport,
  type UsageReportList,
  type UsageReportListQuery,
} from './report-contracts';
import { folderOf, type ReportFiles } from './report-files';
import { fileNameOf, reportView } from './report-rows';
import { type ReportStore } from './report-store';

const DAY_MS = 86_400_000;
const MOST_DAYS = 400;
/** So that no organization keeps all others waiting, and none fills the disk. */
const MOST_OPEN = 5;
const MOST_KEPT = 200;
/** Expired reports that one run removes at most. */
const REMOVED_AT_ONCE = 500;
/** Who asked just now waits for it; what takes longer is begun by the next minute's run. */
const KICK_MS = 45_000;

/** Whoever sees usage of test keys only sees reports of it only. */
interface Sight {
  testOnly: boolean;
}

interface ReportFile {
  name: string;
  contentType: string;
  bytes: number;
  stream: ReadableStream<Uint8Array>;
}

export interface Reports {
  /**
   * Queues a report, and has it begun at once.
   *
   * @param createdBy e.g. `user:…`
   * @throws AppError invalid_request for a wrong period or an unknown metric, too_many_requests while as many as may are open or kept
   */
  request(organizationId: string, createdBy: string, input: GenerateReportInput): Promise<UsageReport>;
  /** The newest first. @throws AppError invalid_request for a wrong cursor */
  list(organizationId: string, query: UsageReportListQuery, sight: Sight): Promise<UsageReportList>;
  /** @throws AppError not_found, also for a report of another organization */
  get(organizationId: string, id: string, sight: Sight): Promise<UsageReport>;
  /** Opens the file, and counts that. @throws AppError not_found, conflict where it is not ready */
  download(organizationId: string, id: string, sight: Sight): Promise<ReportFile>;
  /** Removes a report with its file; one that is being made is given up. @throws AppError not_found */
  remove(organizationId: string, id: string, sight: Sight): Promise<void>;
  /** Makes what waits. @param budgetMs after which none is begun any more */
  make(budgetMs: number): ReturnType<ReportMaker['run']>;
  /** Removes what expired, files first; resolves to how many. */
  removeOld(): Promise<number>;
  close(): Promise<void>;
}

interface ReportsOptions {
  pool: Pool;
  store: ReportStore;
  files: ReportFiles;
  maker: ReportMaker;
  catalogue: Pick<MetricCatalogue, 'all'>;
  clock: Clock;
  log: Pick<Logger, 'error'>;
  /** Keeps a function alive that would be frozen once it has answered. */
  keepAlive?: (work: Promise<unknown>) => void;
}

export function createReports(options: ReportsOptions): Reports {
  const { pool, store, files, maker, catalogue, clock, log, keepAlive } = options;

  async function find(organizationId: string, id: string, { testOnly }: Sight) {
    const row = await store.find(organizationId, id, testOnly);
    if (!row) throw new AppError('not_found', 'There is no such report in this organization.');
    return row;
  }

  function begin(): void {
    const work = maker.run(KICK_MS).catch((err: unknown) => log.error({ err }, 'reports could not be begun'));
    keepAlive?.(work);
  }

  return {
    async request(organizationId, createdBy, { from, to, type, format, metrics, filters, mode, compare }) {
      const period = periodOf(from, to, clock.now());
      await requireMetrics(catalogue, metrics);
      const id = newId();
      await inTransaction(pool, async (client) => {
        await requireRoom(store, client, organizationId);
        await store.insert(client, {
          id,
          organizationId,
          type,
          format,
          ...period,
          asked: { metrics: metrics ?? null, filters, compare },
          livemode: mode === 'live',
          createdBy,
          createdAt: clock.now(),
          scheduleId: null,
        });
      });
      const queued = reportView(await find(organizationId, id, { testOnly: false }));
      begin();
      return queued;
    },

    async list(organizationId, { limit, cursor }, { testOnly }) {
      const after = cursor === undefined ? null : decodeReportCursor(cursor);
      const rows = await store.list(organizationId, { limit: limit + 1, after, testOnly });
      const data = rows.slice(0, limit).map(reportView);
      const last = data.at(-1);
      const next = rows.length > limit && last ? encodeReportCursor({ createdAt: last.created_at, id: last.id }) : null;
      return { data, next_cursor: next };
    },

    get: async (organizationId, id, sight) => reportView(await find(organizationId, id, sight)),

    async download(organizationId, id, sight) {
      const row = await find(organizationId, id, sight);
      if (row.file_key === null) {
        const why = row.status === 'failed' ? `It has no file: ${row.failure}` : 'It is not ready yet.';
        throw new AppError('conflict', why, { retryable: row.status !== 'failed' });
      }
      const stream = await files.read(row.file_key);
      if (!stream) throw new AppError('not_found', 'The file of this report is not there any more. Make it again.');
      await store.countDownload(organizationId, id);
      const { format, size_bytes } = row;
      return { name: fileNameOf(row), contentType: CONTENT_TYPES[format], bytes: size_bytes ?? 0, stream };
    },

    async remove(organizationId, id, sight) {
      await find(organizationId, id, sight);
      // The row first: who makes it finds that it is not theirs any more, and removes what they write after this.
      await store.delete(organizationId, id);
      await files.removeFolder(folderOf(organizationId, id));
    },

    make: (budgetMs) => maker.run(budgetMs),

    async removeOld() {
      const expired = await store.expired(clock.now(), REMOVED_AT_ONCE);
      for (const { organization_id, id } of expired) {
        await files.removeFolder(folderOf(organization_id, id));
        await store.delete(organization_id, id);
      }
      return expired.length;
    },

    close: () => maker.close(),
  };
}

function refuse(issue: FieldIssue): never {
  throw new AppError('invalid_request', `${issue.field}: ${issue.message}`, { issues: [issue] });
}

function periodOf(from: string, to: string, now: Date) {
  const period = { from: new Date(from), to: new Date(to) };
  const lengthMs = period.to.getTime() - period.from.getTime();
  if (!(lengthMs > 0)) refuse({ field: 'to', message: 'must be later than from' });
  if (lengthMs > MOST_DAYS * DAY_MS) refuse({ field: 'to', message: `a period may span ${MOST_DAYS} days at most` });
  if (period.from >= now) refuse({ field: 'from', message: 'must be in the past' });
  return period;
}

async function requireMetrics(catalogue: Pick<MetricCatalogue, 'all'>, metrics: readonly string[] = []): Promise<void> {
  const known = await catalogue.all();
  const at = metrics.findIndex((key) => !known.has(key));
  if (at >= 0) refuse({ field: `metrics.${at}`, message: 'there is no metric of this name' });
}

async function requireRoom(store: ReportStore, client: PoolClient, organizationId: string): Promise<void> {
  const { open, kept } = await store.count(client, organizationId);
  if (open >= MOST_OPEN) {
    throw new AppError(
      'too_many_requests',
      `${MOST_OPEN} reports of this organization wait or are being made. Try again when one is done.`,
      {
        retryable: true,
        retryAfterSeconds: 30,
      },
    );
  }
  if (kept >= MOST_KEPT) {
    throw new AppError(
      'too_many_requests',
      `${MOST_KEPT} reports of this organization are kept. Delete some, or wait until they expire.`,
    );
  }
}
