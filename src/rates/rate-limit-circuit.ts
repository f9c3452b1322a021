/**
 * Decides whether Redis is asked at all, so that its failure costs a few calls a moment and not every call a time-out.
 *
 *            5 failures in a row                  5 s, next call
 *   closed ───────────────────────▶ open ─────────────────────────▶ half open
 *     ▲                               ▲                                │
 *     │                               └───────── probe fails ──────────┤
 *     └───────────────────────────────────────── probe succeeds ───────┘
 *
 * Closed: a call waits at most `timeoutMs`. Open and half open: no call waits; the probe runs beside the call that caused it,
 * which is answered like all others.
 */
import { circuitBreaker, CircuitState, ConsecutiveBreaker, handleAll, timeout, TimeoutStrategy, wrap } from 'cockatiel';
import { type Clock } from '@/kernel/clock';

const FAILURES = 5;
export const OPEN_MS = 5_000;

export type CircuitStateName = 'closed' | 'open' | 'half_open';

export interface RateLimitCircuit {
  /**
   * What `work` gives, or null if it failed or took too long. Null at once, without a promise, while the circuit is not
   * closed.
   */
  ask<T>(work: () => Promise<T>): Promise<T | null> | null;
  state(): CircuitStateName;
  /** When the circuit was last found broken or whole; null if it never changed. */
  since(): Date | null;
}

interface Dependencies {
  timeoutMs: number;
  clock: Clock;
  /** Redis is not asked any more. */
  onOpen: (cause: unknown) => void;
  /** Redis answers again. */
  onClosed: () => void;
}

const NAMES: Record<CircuitState, CircuitStateName> = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.Open]: 'open',
  [CircuitState.HalfOpen]: 'half_open',
  [CircuitState.Isolated]: 'open',
};

export function createRateLimitCircuit({ timeoutMs, clock, onOpen, onClosed }: Dependencies): RateLimitCircuit {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: OPEN_MS,
    breaker: new ConsecutiveBreaker(FAILURES),
  });
  const policy = wrap(breaker, timeout(timeoutMs, TimeoutStrategy.Aggressive));
  let changedAt: Date | null = null;
  let probeAtMs = Infinity;
  let broken = false;

  breaker.onBreak((reason) => {
    // cockatiel compares with Date.now() as well.
    probeAtMs = Date.now() + OPEN_MS;
    // A probe that fails is no change.
    if (broken) return;
    broken = true;
    changedAt = clock.now();
    onOpen('error' in reason ? reason.error : reason);
  });
  breaker.onReset(() => {
    broken = false;
    changedAt = clock.now();
    onClosed();
  });

  // A signal for each call: all listeners of one would be counted, and warned of, as a leak.
  const attempt = <T>(work: () => Promise<T>): Promise<T | null> =>
    policy.execute(work, new AbortController().signal).catch(() => null);

  return {
    ask(work) {
      if (breaker.state === CircuitState.Closed) return attempt(work);
      if (breaker.state === CircuitState.Open && Date.now() >= probeAtMs) void attempt(work);
      return null;
    },
    state: () => NAMES[breaker.state],
    since: () => changedAt,
  };
}
