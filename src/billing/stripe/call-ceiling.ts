/** How many calls per second leave this process at most. */
export interface CallCeiling {
  /** Waits until a call may leave. */
  pass(): Promise<void>;
  /** Nothing leaves for so long, in ms. */
  pause(ms: number): void;
}

interface Options {
  perSecond: number;
  monotonicMs: () => number;
  sleep: (ms: number) => Promise<void>;
}

/** After a rest so many calls may leave at once as this time has, in ms. */
const BURST_MS = 250;

/** Calls leave one by one, evenly; after a rest a quarter of a second's worth at once. */
export function createCallCeiling({ perSecond, monotonicMs, sleep }: Options): CallCeiling {
  const stepMs = 1000 / perSecond;
  let nextMs = -Infinity;
  return {
    async pass() {
      const now = monotonicMs();
      nextMs = Math.max(nextMs, now - BURST_MS) + stepMs;
      if (nextMs > now) await sleep(nextMs - now);
    },
    pause(ms) {
      nextMs = Math.max(nextMs, monotonicMs() + ms);
    },
  };
}
