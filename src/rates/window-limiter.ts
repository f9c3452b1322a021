/**
 * Counts calls in sliding windows: in Redis for all processes where it is configured, else in the memory of this one.
 * When Redis cannot be asked, `onOutage` decides: `allow` counts in memory, so that the limit still holds for each
 * process, and marks the decision `unchecked`; `deny` refuses the call.
 */
import { type Logger } from 'pino';
import { type Clock } from '@/kernel/clock';
import { AppError } from '@/kernel/errors';
import { createMemoryWindow } from './memory-window';
import { type CircuitStateName, createRateLimitCircuit, OPEN_MS } from './rate-limit-circuit';
import { type SharedWindow } from './upstash-window';
import { type WindowDecision, type WindowRule } from './window-rule';

export interface WindowLimiterStatus {
  backend: 'memory' | 'redis';
  circuit: CircuitStateName;
  /** When the circuit last opened or closed, ISO 8601; null if it never did. */
  since: string | null;
  /** Calls decided without Redis since this process started. */
  unchecked: number;
}

export interface WindowLimiter {
  /**
   * One call against all of these rules: counted in every bucket or, if one is full, in none (see SharedWindow for what
   * Redis makes of that). From memory at once and without a promise where possible.
   * @param rules at least one; with Redis each costs a round trip, so the one that most likely denies comes first.
   * @throws AppError unavailable, at once or by the promise, if Redis cannot be asked and `onOutage` is `deny`.
   */
  check(rules: readonly WindowRule[]): WindowDecision | Promise<WindowDecision>;
  status(): WindowLimiterStatus;
}

interface Dependencies {
  /** Null: one process, or limits that hold for each process. */
  shared: SharedWindow | null;
  onOutage: 'allow' | 'deny';
  /** Longest time a call waits for `shared`. */
  timeoutMs: number;
  clock: Clock;
  log: Pick<Logger, 'warn' | 'info'>;
}

export function createWindowLimiter({ shared, onOutage, timeoutMs, clock, log }: Dependencies): WindowLimiter {
  const memory = createMemoryWindow();
  let unchecked = 0;
  let uncheckedBefore = 0;
  const circuit = createRateLimitCircuit({
    timeoutMs,
    clock,
    onOpen(err) {
      uncheckedBefore = unchecked;
      const effect = onOutage === 'allow' ? 'each process counts for itself' : 'limited calls are refused';
      log.warn({ err, onOutage }, `rate limits: Redis cannot be asked, ${effect}`);
    },
    onClosed: () => log.info({ unchecked: unchecked - uncheckedBefore }, 'rate limits: Redis answers again'),
  });

  function decideAlone(rules: readonly WindowRule[]): WindowDecision {
    unchecked++;
    if (onOutage === 'deny') {
      throw new AppError('unavailable', 'The rate limit cannot be checked at the moment. Try again.', {
        retryable: true,
        retryAfterSeconds: OPEN_MS / 1000,
      });
    }
    return { ...memory.take(rules, clock.now().getTime()), unchecked: true };
  }

  return {
    check(rules) {
      if (!shared) return memory.take(rules, clock.now().getTime());
      const asked = circuit.ask(() => shared.take(rules));
      return asked === null ? decideAlone(rules) : asked.then((decision) => decision ?? decideAlone(rules));
    },
    status: () => ({
      backend: shared ? 'redis' : 'memory',
      circuit: circuit.state(),
      since: circuit.since()?.toISOString() ?? null,
      unchecked,
    }),
  };
}
