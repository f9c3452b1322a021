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

/** Calls leave one by one, evenly; after a rest as many as a second has may leave at once. */
export function createCallCeiling({ perSecond, monotonicMs, sleep }: Options): CallCeiling {
  const stepMs = 1000 / perSecond;
  let nextMs = -Infinity;
  return {
    async pass() {
      const now = monotonicMs();
      nextMs = Math.max(nextMs, now - 1000) + stepMs;
      if (nextMs > now) await sleep(nextMs - now);
    },
    pause(ms) {
      nextMs = Math.max(nextMs, monotonicMs() + ms);
    },
  };
}
