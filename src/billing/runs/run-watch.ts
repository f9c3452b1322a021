import { type BillingLease } from './billing-lease';

/** Ends a run before it touches anything more. */
export class StopRun extends Error {
  constructor(
    readonly status: 'stopped' | 'failed',
    readonly reason: string,
  ) {
    super(reason);
  }
}

interface RunWatchOptions {
  /** Null for a dry run. */
  lease: BillingLease | null;
  beatMs: number;
  /** When its time is over, by `monotonicMs`. */
  untilMs: number;
  monotonicMs: () => number;
  /** Aborted when the process is to end. */
  signal: AbortSignal;
  /** Says that the run lives. */
  beat: () => Promise<void>;
  warn: (err: unknown) => void;
}

/** Keeps the lease of a run alive, and says whether it may go on. */
export function startRunWatch({ lease, beatMs, untilMs, monotonicMs, signal, beat, warn }: RunWatchOptions) {
  let beating: Promise<void> | undefined;
  const beatOnce = async () => {
    await lease?.renew();
    await beat();
  };
  const timer = setInterval(() => {
    beating ??= beatOnce()
      .catch(warn)
      .finally(() => (beating = undefined));
  }, beatMs);
  timer.unref();

  return {
    /** @throws StopRun once the run may not go on. */
    proceed(): void {
      if (lease && !lease.isHeld()) throw new StopRun('failed', 'It lost its lease.');
      if (monotonicMs() >= untilMs) throw new StopRun('stopped', 'Its time was over; the next run goes on.');
      if (signal.aborted) throw new StopRun('stopped', 'Its server was stopped; the next run goes on.');
    },
    async stop(): Promise<void> {
      clearInterval(timer);
      await beating;
    },
  };
}
