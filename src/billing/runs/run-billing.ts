/**
 * One run of billing: takes the lease, then goes through every organization with something to do
 *
 *   bill each period that is over, in order ─▶ finalize drafts ─▶ hand over ─▶ the next organization
 *
 * and last through what is not of one organization (payments that are overdue). What fails in one organization is noted, tried
 * again later, and stops no other. Whoever runs looks before every step whether it still may: a run that lost its lease, or whose
 * time is over, touches nothing more. Every step can be repeated, so the next run goes on wherever this one ended.
 */
import { type Pool } from 'pg';
import { AppError } from '@/kernel/errors';
import { type Clock } from '@/kernel/clock';
import { newId } from '@/kernel/ids';
import { type BillingLease, takeBillingLease } from './billing-lease';
import {
  countDue,
  delayAccount,
  type DueAt,
  FIRST_DUE,
  FIRST_ID,
  forgetFailure,
  readDuePage,
  readWaitingPage,
} from './due-queries';
import { reasonOf } from './failure-reason';
import { startRunWatch, StopRun } from './run-watch';
import { type RunProgress, type RunStore } from './run-store';

/** What billing does for one organization; each step may be repeated. */
export interface BillingSteps {
  billNext(
    organizationId: string,
    at: Date,
    options?: { dryRun?: boolean },
  ): Promise<{ periodStart: Date; invoiceId: string | null; subtotalMinor: number; currency: string } | null>;
  finalizeDrafts(organizationId: string, at: Date): Promise<unknown>;
  handOver(organizationId: string, at: Date): Promise<unknown>;
  /**
   * What is due without being of one organization's periods: payments that are late.
   * @param proceed throws once the run may not go on.
   * @param onFailure is told of an organization for which it failed.
   */
  afterBilling(
    at: Date,
    proceed: () => void,
    onFailure: (organizationId: string, error: unknown) => Promise<void>,
  ): Promise<void>;
}

export interface RunBillingOptions {
  pool: Pool;
  store: RunStore;
  steps: BillingSteps;
  clock: Clock;
  monotonicMs: () => number;
  /** How long a period waits after its end, in ms. */
  graceMs: number;
  /** How long the lease of a run holds that is not heard of, in ms; 60 s if absent. */
  leaseMs?: number;
  /** Organizations under way at once; 4 if absent. */
  concurrency?: number;
  warn: (err: unknown, message: string) => void;
}

export interface RunOrder {
  /** The moment to bill for. */
  at: Date;
  dryRun: boolean;
  startedBy: string;
  /** After how long it stops, in ms. */
  budgetMs: number;
  signal: AbortSignal;
}

const PAGE = 100;
const LEASE_MS = 60_000;

/** Begins a run. @returns null while another one has the lease, which a dry run does not need. */
export async function startBillingRun(
  options: RunBillingOptions,
  order: RunOrder,
): Promise<{ id: string; done: Promise<void> } | null> {
  const { pool, store, monotonicMs, leaseMs = LEASE_MS } = options;
  const id = newId();
  const lease = order.dryRun ? null : await takeBillingLease({ pool, holder: id, leaseMs, monotonicMs });
  if (!lease && !order.dryRun) return null;
  try {
    await store.endSilent(leaseMs);
    await store.insert({ id, at: order.at, startedBy: order.startedBy, dryRun: order.dryRun });
  } catch (error) {
    await lease?.release();
    throw error;
  }
  return { id, done: runToItsEnd(options, order, id, lease) };
}

async function runToItsEnd(
  options: RunBillingOptions,
  order: RunOrder,
  id: string,
  lease: BillingLease | null,
): Promise<void> {
  const { store, monotonicMs, leaseMs = LEASE_MS, warn } = options;
  const progress: RunProgress = {
    processed: 0,
    failed: 0,
    invoiced: 0,
    skipped: 0,
    amounts: {},
    lastOrganization: null,
  };
  const watch = startRunWatch({
    lease,
    beatMs: leaseMs / 4,
    untilMs: monotonicMs() + order.budgetMs,
    monotonicMs,
    signal: order.signal,
    beat: () => store.note(id, progress),
    warn: (err) => warn(err, 'billing: a run could not be noted'),
  });
  try {
    const proceed = () => watch.proceed();
    await new Run(options, order, id, progress, proceed).work();
    proceed();
    if (lease && !(await lease.moveWatermark(order.at))) throw new StopRun('failed', 'It lost its lease.');
    await store.end(id, 'done', null, progress);
  } catch (error) {
    if (!(error instanceof StopRun)) warn(error, 'billing: a run could not go on');
    const { status, reason } =
      error instanceof StopRun ? error : { status: 'failed' as const, reason: reasonOf(error) };
    await store.end(id, status, reason, progress);
  } finally {
    await watch.stop();
    await lease?.release().catch((err: unknown) => warn(err, 'billing: the lease runs out by itself'));
  }
}

class Run {
  readonly #now: Date;
  readonly #noted = new Set<string>();

  constructor(
    readonly options: RunBillingOptions,
    readonly order: RunOrder,
    readonly id: string,
    readonly progress: RunProgress,
    readonly proceed: () => void,
  ) {
    this.#now = options.clock.now();
  }

  async work(): Promise<void> {
    const { pool, graceMs, store, steps } = this.options;
    const { at, dryRun } = this.order;
    const due: DueAt = { at, graceMs, now: this.#now };
    await store.setDue(this.id, await countDue(pool, due, dryRun));
    for (let after = FIRST_DUE; ;) {
      this.proceed();
      const page = await readDuePage(pool, due, after, PAGE);
      await this.#each(page.map(({ organizationId }) => organizationId));
      if (page.length < PAGE) break;
      after = page.at(-1)!;
    }
    if (dryRun) return;
    for (let after = FIRST_ID; ;) {
      this.proceed();
      const page = await readWaitingPage(pool, this.#now, after, PAGE);
      await this.#each(page.filter((organizationId) => !this.#noted.has(organizationId)));
      if (page.length < PAGE) break;
      after = page.at(-1)!;
    }
    await steps.afterBilling(at, this.proceed, (organizationId, error) => this.#fail(organizationId, error));
  }

  /** Several at once: while one waits for the database, another computes. */
  async #each(organizationIds: readonly string[]): Promise<void> {
    const left = organizationIds.values();
    const worker = async () => {
      for (const organizationId of left) await this.#organization(organizationId);
    };
    const outcomes = await Promise.allSettled(Array.from({ length: this.options.concurrency ?? 4 }, worker));
    const broken = outcomes.find((outcome) => outcome.status === 'rejected');
    if (broken) throw broken.reason;
  }

  async #organization(organizationId: string): Promise<void> {
    this.proceed();
    try {
      await this.#bill(organizationId);
      if (!this.order.dryRun) await forgetFailure(this.options.pool, organizationId);
      this.#noted.add(organizationId);
    } catch (error) {
      if (error instanceof StopRun) throw error;
      if (!this.order.dryRun) {
        await delayAccount(this.options.pool, organizationId, reasonOf(error), this.options.clock.now());
      }
      await this.#fail(organizationId, error);
    }
    this.progress.processed += 1;
    this.progress.lastOrganization = organizationId;
  }

  async #bill(organizationId: string): Promise<void> {
    const { steps } = this.options;
    const { at, dryRun } = this.order;
    let lastMs = -Infinity;
    for (;;) {
      this.proceed();
      const billed = await steps.billNext(organizationId, at, { dryRun });
      if (!billed) break;
      const { periodStart, invoiceId, subtotalMinor, currency } = billed;
      if (periodStart.getTime() <= lastMs) {
        throw new AppError('internal', `the period that begins at ${periodStart.toISOString()} was billed twice`);
      }
      lastMs = periodStart.getTime();
      const { amounts } = this.progress;
      if (subtotalMinor > 0) amounts[currency] = (amounts[currency] ?? 0) + subtotalMinor;
      if (invoiceId === null && !(dryRun && subtotalMinor > 0)) this.progress.skipped += 1;
      else this.progress.invoiced += 1;
      // Nothing was written, so the next period is still the same one.
      if (dryRun) return;
    }
    if (dryRun) return;
    this.proceed();
    await steps.finalizeDrafts(organizationId, at);
    this.proceed();
    await steps.handOver(organizationId, at);
  }

  async #fail(organizationId: string, error: unknown): Promise<void> {
    this.progress.failed += 1;
    this.#noted.add(organizationId);
    this.options.warn(error, `billing: organization ${organizationId} is tried again later`);
    await this.options.store.addFailure(this.id, organizationId, reasonOf(error));
  }
}
