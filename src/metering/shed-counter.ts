import { type Logger } from 'pino';

const LOG_INTERVAL_MS = 10_000;

/** Counts dropped events and says so in the log, every 10 s at most. */
export function createShedCounter({ log }: { log: Logger }) {
  let count = 0;
  let loggedMs = -Infinity;
  return {
    add(): void {
      count++;
      const nowMs = performance.now();
      if (nowMs - loggedMs < LOG_INTERVAL_MS) return;
      loggedMs = nowMs;
      log.error({ shed: count }, 'usage: events were dropped because the queue was full');
    },
    count: (): number => count,
  };
}
