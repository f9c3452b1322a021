import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type BillingRunDetail, type BillingRunSummary, type BillingRunView } from './run-views';
import { type RunBillingOptions, startBillingRun } from './run-billing';
import { createRunStore } from './run-store';

interface RunRequest {
  /** The moment to bill for; now if absent. */
  at?: Date | undefined;
  dryRun: boolean;
  startedBy: string;
}

export interface BillingRuns {
  /**
   * Bills everybody that is due and waits until that is done, or its time is over.
   * @throws AppError invalid_request for a moment that has not come.
   */
  run(request: RunRequest): Promise<BillingRunSummary>;
  /**
   * Begins a run and lets it go on by itself; `done` never rejects.
   * @throws AppError conflict while another run is at it; invalid_request for a moment that has not come.
   */
  start(request: RunRequest): Promise<{ run: BillingRunDetail; done: Promise<void> }>;
  /** The newest first. */
  list(query: { limit: number; cursor?: string | undefined }): Promise<{
    data: BillingRunView[];
    next_cursor: string | null;
    billed_up_to: string | null;
  }>;
  /** A run with what failed in it. @throws AppError not_found */
  get(id: string): Promise<BillingRunDetail>;
  /** Removes runs that began more than 400 days before `at`; resolves to how many. */
  removeOld(at: Date): Promise<number>;
  /** Lets runs end before their next step, and waits for them. */
  close(): Promise<void>;
}

interface BillingRunsOptions extends Omit<RunBillingOptions, 'store'> {
  pool: Pool;
  /** After how long a run stops, in ms. */
  budgetMs: number;
}

export function createBillingRuns({ budgetMs, ...options }: BillingRunsOptions): BillingRuns {
  const { pool, clock, warn } = options;
  const store = createRunStore({ pool });
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();

  async function begin({ at, dryRun, startedBy }: RunRequest): Promise<{ id: string; done: Promise<void> } | null> {
    const now = clock.now();
    if (at && at > now) {
      const message = `expected a moment that is over, received ${at.toISOString()}, and it is ${now.toISOString()}`;
      throw new AppError('invalid_request', `at: ${message}`, { issues: [{ field: 'at', message }] });
    }
    const order = { at: at ?? now, dryRun, startedBy, budgetMs, signal: closing.signal };
    const started = await startBillingRun({ ...options, store }, order);
    if (!started) return null;
    const done = started.done
      .catch((err: unknown) => warn(err, 'billing: the end of a run could not be noted'))
      .finally(() => underWay.delete(done));
    underWay.add(done);
    return { id: started.id, done };
  }

  async function get(id: string): Promise<BillingRunDetail> {
    const found = await store.get(id);
    if (!found) throw new AppError('not_found', `There is no billing run ${id}.`);
    return found;
  }

  return {
    async run(request) {
      const started = await begin(request);
      if (!started) return { status: 'busy', run: null };
      await started.done;
      const run = await get(started.id);
      return { status: run.status, run };
    },

    async start(request) {
      const started = await begin(request);
      if (!started) throw new AppError('conflict', 'Another run of billing is under way.', { retryable: true });
      return { run: await get(started.id), done: started.done };
    },

    async list({ limit, cursor }) {
      const [found, watermark] = await Promise.all([store.list({ limit: limit + 1, cursor }), store.watermark()]);
      const data = found.slice(0, limit);
      return {
        data,
        next_cursor: found.length > limit ? data.at(-1)!.id : null,
        billed_up_to: watermark?.toISOString() ?? null,
      };
    },

    get,
    removeOld: (at) => store.removeOld(at),

    async close() {
      closing.abort();
      await Promise.all(underWay);
    },
  };
}
