/**
 * How long to wait in ms before attempt `failures` + 1: exponential with equal jitter, from `baseMs` up to `maxMs`, so
 * that processes that failed together do not come back together.
 */
export function retryDelayMs(failures: number, baseMs: number, maxMs: number): number {
  const ceilingMs = Math.min(maxMs, baseMs * 2 ** Math.min(failures - 1, 30));
  return ceilingMs * (0.5 + Math.random() / 2);
}
