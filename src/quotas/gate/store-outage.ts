/**
 * Whether the store answers. After a failure it is asked again by one call at a time and with growing pauses, so that
 * callers are answered by policy at once instead of each waiting for a time-out.
 */
import { type Logger } from 'pino';
import { sqlStateOf } from '@/db';
import { AppError } from '@/kernel/errors';

const RETRY_MS = { first: 100, last: 1_000 };
/** SQLSTATE classes of a server that cannot work: connection, resources, operator, system, and a standby's refusal to write. */
const OUTAGE_STATES = /^(08|53|57|58|25006)/;

export interface StoreOutage {
  /** Monotonic time in ms since which the store does not answer; null while it does. */
  sinceMs(): number | null;
  /** Whether the store may be asked now. During an outage, true for one caller per pause. */
  mayAsk(): boolean;
  failed(problem: unknown): void;
  answered(): void;
  /** Counts a decision that policy made in the store's place. */
  decided(allowed: boolean, units: number): void;
  /** For the health page: null while all is well. */
  describe(): string | null;
}

/** Whether a failure is an answer: the store is there, and refuses this one question. */
export function isAnswer(problem: unknown): boolean {
  const state = sqlStateOf(problem);
  if (state !== undefined) return !OUTAGE_STATES.test(state);
  return problem instanceof AppError && !problem.retryable;
}

export function createStoreOutage({ monotonicMs, log }: { monotonicMs: () => number; log: Logger }): StoreOutage {
  let sinceMs: number | null = null;
  let askAgainAtMs = 0;
  let failures = 0;
  let message = '';
  const counts = { allowed: 0, allowedUnits: 0, denied: 0 };

  function begin(problem: unknown): void {
    sinceMs = monotonicMs();
    Object.assign(counts, { allowed: 0, allowedUnits: 0, denied: 0 });
    log.warn({ err: problem }, 'quotas cannot be asked for: calls are decided by the policy of their metrics');
  }

  return {
    sinceMs: () => sinceMs,
    mayAsk() {
      if (sinceMs === null) return true;
      const nowMs = monotonicMs();
      if (nowMs < askAgainAtMs) return false;
      askAgainAtMs = nowMs + RETRY_MS.last;
      return true;
    },
    failed(problem) {
      if (isAnswer(problem)) return log.error({ err: problem }, 'the database refuses a question about quotas');
      if (sinceMs === null) begin(problem);
      message = problem instanceof Error ? problem.message : String(problem);
      askAgainAtMs = monotonicMs() + Math.min(RETRY_MS.last, RETRY_MS.first * 2 ** failures++);
    },
    answered() {
      if (sinceMs === null) return;
      log.warn({ ...counts, lastedMs: Math.round(monotonicMs() - sinceMs) }, 'quotas can be asked for again');
      sinceMs = null;
      failures = 0;
    },
    decided(allowed, units) {
      if (!allowed) counts.denied += 1;
      else {
        counts.allowed += 1;
        counts.allowedUnits += units;
      }
    },
    describe: () => (sinceMs === null ? null : message),
  };
}
