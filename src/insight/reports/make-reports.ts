/**
 * Makes the reports that wait, one after the other. Whoever makes one holds it by a lease that is renewed while it goes on; a
 * process that is killed stops renewing, and the next one begins anew:
 *
 *   queued ─▶ running ─▶ ready ─▶ (seven days) ─▶ removed
 *     ▲          │ └────▶ failed ─▶ (seven days) ─▶ removed
 *     └──────────┘ what may go well another time, and what was cut off
 *
 * Each attempt writes a file of its own name. The row takes one of them, in one statement; the files of the others are removed by who
 * wrote them, or by the next attempt.
 */
import { type Pool, type PoolClient } from 'pg';
import { type Logger } from 'pino';
import { inTransaction } from '@/db';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { type ReportSources } from './content/report-content';
import { readReport } from './content/read-report';
import { CONTENT_TYPES, encodeReport } from './encode-report';
import { folderOf, type ReportFiles } from './report-files';
import { orderOf, type ReportRow } from './report-rows';
import { MOST_ATTEMPTS, type ReportStore } from './report-store';

const KEPT_MS = 7 * 86_400_000;
/** How long nothing may be heard of who makes a report, and how often they are. */
const LEASE_MS = 60_000;
const RENEWED_MS = 2_000;
/** Part of a report's progress that is reading what stands before its rows. */
const READING = 0.3;

interface MakeReportsOptions {
  pool: Pool;
  store: ReportStore;
  files: ReportFiles;
  sources: ReportSources;
  clock: Clock;
  monotonicMs: () => number;
  log: Pick<Logger, 'error' | 'warn'>;
  /** Tells of a report that is ready, in the transaction that makes it so. */
  onReady: (report: ReportRow, client: PoolClient) => Promise<void>;
  leaseMs?: number;
  renewedMs?: number;
}

export interface ReportMaker {
  /** Makes what waits until nothing does, or beginning another would be after so long. Resolves to what became of them. */
  run(budgetMs: number): Promise<{ ready: number; failed: number; postponed: number }>;
  /** Lets go of what is under way, so that another process goes on at once. */
  close(): Promise<void>;
}

/** Why the making of a report ends before it is done, through nobody's fault. */
class Interrupted extends Error {}

export function createReportMaker(options: MakeReportsOptions): ReportMaker {
  const { pool, store, files, sources, clock, monotonicMs, log, onReady } = options;
  const { leaseMs = LEASE_MS, renewedMs = RENEWED_MS } = options;
  let closing = false;
  const running = new Set<Promise<unknown>>();

  async function write(report: ReportRow, lease: Lease): Promise<void> {
    const order = orderOf(report);
    const { rows: named } = await pool.query<{ name: string }>('select name from organizations where id = $1', [
      order.organizationId,
    ]);
    const content = await readReport(sources, order, async (share) => {
      lease.note(share * READING, 0);
      lease.check();
    });
    const expected = content.sections.reduce((sum, { expectedRows }) => sum + expectedRows, 0);
    let rows = 0;
    const heading = {
      organization: named[0]?.name ?? '',
      order,
      createdAt: clock.now(),
      onRows: (count: number) => {
        rows += count;
        lease.note(READING + (1 - READING) * Math.min(0.99, rows / Math.max(1, expected)), rows);
      },
    };
    const folder = folderOf(report.organization_id, report.id);
    await files.removeFolder(folder);
    const fileKey = `${folder}/${report.attempts}.${report.format}`;
    const parts = whileHeld(encodeReport(content, report.format, heading), lease);
    const bytes = await files.write(fileKey, CONTENT_TYPES[report.format], parts);
    const at = clock.now();
    const isMine = await inTransaction(pool, async (client) => {
      const done = { fileKey, bytes, rows, at, expiresAt: new Date(at.getTime() + KEPT_MS) };
      if (!(await store.finish(client, report, done))) return false;
      await onReady({ ...report, status: 'ready', file_key: fileKey, size_bytes: bytes }, client);
      return true;
    });
    if (isMine) return;
    await files
      .removeFolder(fileKey)
      .catch((err: unknown) => log.warn({ err, fileKey }, 'a file stays until its report expires'));
    throw new Interrupted();
  }

  async function makeOne(report: ReportRow): Promise<'ready' | 'failed' | 'postponed'> {
    const lease = holdLease(report);
    try {
      await write(report, lease);
      return 'ready';
    } catch (error) {
      if (error instanceof Interrupted) {
        if (closing) await store.release(report, true);
        return 'postponed';
      }
      const isRefusal = error instanceof AppError && !error.retryable && error.code !== 'internal';
      if (!isRefusal) log.error({ err: error, report: report.id }, 'a report could not be made');
      if (!isRefusal && report.attempts < MOST_ATTEMPTS) {
        await store.release(report, false);
        return 'postponed';
      }
      const at = clock.now();
      const reason = isRefusal ? error.message : `It could not be made, ${MOST_ATTEMPTS} times. Our log says why.`;
      await store.fail(report, reason, at, new Date(at.getTime() + KEPT_MS));
      return 'failed';
    } finally {
      lease.end();
    }
  }

  function holdLease(report: ReportRow): Lease {
    let [progress, rows, isLost] = [0, 0, false];
    const timer = setInterval(() => {
      store
        .renew(report, leaseMs, progress, rows)
        .then((held) => (isLost ||= !held))
        // The database is away: the lease runs out by itself, if it stays so.
        .catch((err: unknown) => log.warn({ err, report: report.id }, 'a report could not be held'));
    }, renewedMs);
    timer.unref();
    return {
      note: (share, written) => ([progress, rows] = [share, written]),
      check() {
        if (isLost || closing) throw new Interrupted();
      },
      end: () => clearInterval(timer),
    };
  }

  async function run(budgetMs: number) {
    const startedMs = monotonicMs();
    const outcome = { ready: 0, failed: 0, postponed: 0 };
    const at = clock.now();
    await store.failCutOff(at, new Date(at.getTime() + KEPT_MS));
    while (!closing && monotonicMs() - startedMs < budgetMs) {
      const report = await store.claim(leaseMs);
      if (!report) break;
      outcome[await makeOne(report)] += 1;
    }
    return outcome;
  }

  return {
    run(budgetMs) {
      const work = run(budgetMs).finally(() => running.delete(work));
      running.add(work);
      return work;
    },
    async close() {
      closing = true;
      await Promise.allSettled(running);
    },
  };
}

interface Lease {
  /** What the next renewal says of how far it is. */
  note(progress: number, rows: number): void;
  /** @throws Interrupted where it is not ours any more, or the process ends */
  check(): void;
  end(): void;
}

async function* whileHeld(parts: AsyncIterable<Uint8Array>, lease: Lease): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const part of parts) {
    lease.check();
    yield part;
  }
}
